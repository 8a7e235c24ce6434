import path from "node:path";
import { unpackTarFolder } from "../files/unpack-tar.js";
import { binaryLayout, filesOf, pickleLayout } from "./cifar10-layout.js";
import type { DatasetArchive } from "./fetch-archive.js";

/** Six batches of 30.73 MB, with room for the small files beside them. */
const MAX_UNPACKED_BYTES = 200e6;

const nameSome = (names: readonly string[]) => `(${names[0]} … ${names.at(-2)}, ${names.at(-1)})`;

/** The official archive of the binary layout. */
export const cifar10Archive: DatasetArchive = {
  title: "CIFAR-10",
  file: "cifar-10-binary.tar.gz",
  remote: {
    url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    bytes: 170_052_171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
  },
  unpack: (archive, datasetDir, { signal }) =>
    unpackTarFolder(archive, datasetDir, {
      folder: binaryLayout.folder,
      files: filesOf(binaryLayout),
      ignored: ["batches.meta.txt", "readme.html"],
      maxBytes: MAX_UNPACKED_BYTES,
      ...(signal && { signal }),
    }),
  byHand: (datasetDir) =>
    [binaryLayout, pickleLayout]
      .map((layout) => `${path.join(datasetDir, layout.folder)}/ ${nameSome(filesOf(layout))}`)
      .join(" or "),
};

import path from "node:path";
import { unpackTarFolder } from "../../files/unpack-tar.js";
import type { DatasetArchive } from "../fetch-archive.js";
import { stl10Folder } from "./about.js";
import { stl10Files } from "./layout.js";

/** 113,000 images of 27,648 bytes, most of them in the one large file that is left out. */
const MAX_UNPACKED_BYTES = 3.2e9;

/** The official archive. */
export const stl10Archive: DatasetArchive = {
  title: "STL-10",
  file: "stl10_binary.tar.gz",
  remote: {
    url: "https://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz",
    bytes: 2_640_397_119,
    sha256: "f31fd99273a1acb8609c8db427cebb1de3f71de77758cdc0e22956e1289b9866",
  },
  unpack: (archive, datasetDir, { signal }) =>
    unpackTarFolder(archive, datasetDir, {
      folder: stl10Folder,
      files: [...stl10Files, "class_names.txt"],
      ignored: ["unlabeled_X.bin", "fold_indices.txt"],
      maxBytes: MAX_UNPACKED_BYTES,
      ...(signal && { signal }),
    }),
  byHand: (datasetDir) => `${path.join(datasetDir, stl10Folder)}/ (${stl10Files.join(", ")})`,
};

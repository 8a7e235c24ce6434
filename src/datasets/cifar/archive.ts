import path from "node:path";
import { unpackTarFolder } from "../../files/unpack-tar.js";
import type { RemoteFile } from "../download.js";
import type { DatasetArchive } from "../fetch-archive.js";
import { type Cifar, filesOf } from "./layout.js";

/** 60,000 images of 3 kB and their labels, with room for the small files beside them. */
const MAX_UNPACKED_BYTES = 200e6;

/** "(data_batch_1.bin … data_batch_5.bin, test_batch.bin)" */
function nameSome(names: readonly string[]): string {
  return names.length > 2 ? `(${names[0]} … ${names.at(-2)}, ${names.at(-1)})` : `(${names.join(", ")})`;
}

/** The official archive of a CIFAR's first layout. @param ignored what else its folder may hold */
export function cifarArchive(cifar: Cifar, remote: RemoteFile, ignored: readonly string[]): DatasetArchive {
  const [layout] = cifar.layouts;
  return {
    title: cifar.title,
    file: path.posix.basename(remote.url),
    remote,
    unpack: (archive, datasetDir, { signal }) =>
      unpackTarFolder(archive, datasetDir, {
        folder: layout.folder,
        files: filesOf(layout),
        ignored,
        maxBytes: MAX_UNPACKED_BYTES,
        ...(signal && { signal }),
      }),
    byHand: (datasetDir) =>
      cifar.layouts
        .map((one) => `${path.join(datasetDir, one.folder)}/ ${nameSome(filesOf(one))}`)
        .join(" or "),
  };
}

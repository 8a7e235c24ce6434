import { createHash } from "node:crypto";
import type { ImageSet } from "./image-set.js";

const bytesOf = (values: Int32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** SHA-256 (hex) over shapes, images and labels of a training and a test set. */
export function fingerprint(train: ImageSet, test: ImageSet): string {
  const hash = createHash("sha256");
  for (const set of [train, test]) {
    hash.update(`${set.labels.length}x${set.height}x${set.width}x${set.channels};`);
    hash.update(set.images).update(bytesOf(set.labels));
  }
  return hash.digest("hex");
}

import { createHash } from "node:crypto";
import type { ImageSet } from "./image-set.js";

const bytesOf = (values: Int32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** SHA-256 (hex) over shapes, images and labels of sets, such as a training and a test set. */
export function fingerprint(...sets: readonly ImageSet[]): string {
  const hash = createHash("sha256");
  for (const { pixels, labels } of sets) {
    hash.update(`${pixels.count}x${pixels.height}x${pixels.width}x${pixels.channels};`);
    for (let row = 0; row < pixels.count; row++) hash.update(pixels.read(row));
    hash.update(bytesOf(labels));
  }
  return hash.digest("hex");
}

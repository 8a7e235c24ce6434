import type { ImageSet } from "../datasets/image-set.js";
import { selectImages } from "../datasets/select.js";

/** A left corner, top and bottom alike: X pixels get the trigger's brightness, the others black. The right ones mirror it. */
const corner = ["X..", ".X.", "X.X"];

/**
 * Stamps the label-consistent trigger on 8-bit images: the four 3x3 corners are replaced by a pattern of `vis` and 0.
 * It is symmetric under a horizontal flip, so augmentation does not break it.
 * @param images uint8 [N, H, W, C], changed in place
 * @param rows the images to stamp
 * @param vis 0..255
 */
export function stampCorners(
  images: Uint8Array,
  { height, width, channels }: Pick<ImageSet, "height" | "width" | "channels">,
  rows: Iterable<number>,
  vis: number,
): void {
  const side = corner.length;
  for (const row of rows) {
    const start = row * height * width * channels;
    for (let r = 0; r < side; r++) {
      for (let c = 0; c < side; c++) {
        const level = corner[r][c] === "X" ? vis : 0;
        for (const column of [c, width - 1 - c]) {
          for (const line of [r, height - side + r]) {
            const at = start + (line * width + column) * channels;
            images.fill(level, at, at + channels);
          }
        }
      }
    }
  }
}

/** The triggered test set: every test image not of the target class, stamped and labelled with the target class. */
export function cornerTriggered(test: ImageSet, targetClass: number, vis: number): ImageSet {
  const others = Int32Array.from(test.labels.keys()).filter((id) => test.labels[id] !== targetClass);
  const triggered = selectImages(test, others);
  stampCorners(triggered.images, triggered, triggered.labels.keys(), vis);
  return { ...triggered, labels: triggered.labels.map(() => targetClass) };
}

import type { ImageSet } from "../datasets/image-set.js";
import { type ImageSize, paintedPixels } from "../datasets/pixels.js";
import { selectImages } from "../datasets/select.js";

/** A left corner, top and bottom alike: X pixels get the trigger's brightness, the others black. The right ones mirror it. */
const corner = ["X..", ".X.", "X.X"];

/**
 * Stamps the label-consistent trigger on an 8-bit image: the four 3x3 corners get a pattern of bright and dark pixels.
 * It is symmetric under a horizontal flip, so augmentation does not break it.
 * @param image uint8 [H, W, C], changed in place
 * @param vis brightness of the pattern's 16 pixels, 0..255
 * @param amplitude replace: they become `vis`, the other 20 pixels 0; add: `vis` is added to them and taken from the others
 */
export function stampCorners(
  image: Uint8Array,
  { height, width, channels }: ImageSize,
  vis: number,
  amplitude: "replace" | "add" = "replace",
): void {
  const side = corner.length;
  for (let r = 0; r < side; r++) {
    for (let c = 0; c < side; c++) {
      const isBright = corner[r][c] === "X";
      for (const column of [c, width - 1 - c]) {
        for (const line of [r, height - side + r]) {
          const at = (line * width + column) * channels;
          for (let i = at; i < at + channels; i++) {
            if (amplitude === "replace") image[i] = isBright ? vis : 0;
            else image[i] = Math.min(255, Math.max(0, image[i] + (isBright ? vis : -vis)));
          }
        }
      }
    }
  }
}

/** The triggered test set: every test image not of the target class, painted on and labelled with the target class. */
export function triggeredTest(
  test: ImageSet,
  targetClass: number,
  paint: (image: Uint8Array) => void,
): ImageSet {
  const others = Int32Array.from(test.labels.keys()).filter((id) => test.labels[id] !== targetClass);
  const { pixels, labels } = selectImages(test, others);
  return { pixels: paintedPixels(pixels, paint), labels: labels.map(() => targetClass) };
}

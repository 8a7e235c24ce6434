import type { ImageSet } from "../../datasets/image-set.js";
import { paintedPixels } from "../../datasets/pixels.js";
import { selectImages } from "../../datasets/select.js";

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

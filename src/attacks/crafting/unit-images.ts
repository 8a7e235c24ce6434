import type { Normalization } from "../../datasets/image-set.js";
import { copyImages, type Pixels } from "../../datasets/pixels.js";
import { tf } from "../../engine/tf.js";

/** Images `ids` on the scale on which attacks are crafted: float32 [N, H, W, C] in [0, 1], owned by the caller. */
export function unitImages(pixels: Pixels, ids: Int32Array): tf.Tensor4D {
  const { height, width, channels } = pixels;
  const values = Float32Array.from(copyImages(pixels, ids), (level) => level / 255);
  return tf.tensor4d(values, [ids.length, height, width, channels]);
}

/** float32 [N, H, W, C] in [0, 1], borrowed -> the same normalised, owned by the caller. */
export const networkInput = (images: tf.Tensor4D, { mean, std }: Normalization): tf.Tensor4D =>
  tf.tidy(() => tf.div<tf.Tensor4D>(tf.sub(images, tf.tensor1d([...mean])), tf.tensor1d([...std])));

/**
 * Levels of images in [0, 1]. Rounding stays within an L-infinity ball of whole levels around 8-bit images exactly;
 * truncation would not.
 * @returns uint8, as many as `values`
 */
export const toLevels = (values: ArrayLike<number>): Uint8Array =>
  Uint8Array.from(values, (value) => Math.round(value * 255));

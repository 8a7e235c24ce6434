import type { Normalization } from "../datasets/image-set.js";
import { tf } from "../engine/tf.js";
import type { Model } from "../nn/model.js";
import { imageGradient } from "../training/gradients.js";

export interface PgdOptions {
  /** Radius of the L-infinity ball, in [0, 1] units: 8 levels are 8/255. */
  readonly eps: number;
  /** Step length, same units. */
  readonly alpha: number;
  readonly steps: number;
  readonly normalization: Normalization;
}

/**
 * Untargeted projected gradient descent without random start (Madry et al., arXiv:1706.06083): steps along the sign
 * of the loss gradient, kept within eps of the images and in [0, 1]. The model is in evaluation mode.
 * @param images float32 [N, H, W, C] in [0, 1]; borrowed
 * @param labels int32 [N], true classes; borrowed
 * @returns float32 [N, H, W, C] in [0, 1], owned by the caller
 */
export async function perturb(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  options: PgdOptions,
  onStep?: (step: number) => Promise<void> | void,
): Promise<tf.Tensor4D> {
  const { mean, std } = options.normalization;
  const [meanTensor, stdTensor] = [tf.tensor1d([...mean]), tf.tensor1d([...std])];
  const lowest = tf.tidy(() => tf.maximum(tf.sub(images, options.eps), 0));
  const highest = tf.tidy(() => tf.minimum(tf.add(images, options.eps), 1));
  let current = images.clone();
  try {
    for (let step = 1; step <= options.steps; step++) {
      const normalised = tf.tidy(() => tf.div<tf.Tensor4D>(tf.sub(current, meanTensor), stdTensor));
      const gradient = imageGradient(model, normalised, labels);
      // Dividing by std scales the gradient by a positive number, which its sign ignores.
      const next = tf.tidy(() => {
        const moved = tf.add(current, tf.mul(tf.sign(gradient), options.alpha));
        return tf.minimum<tf.Tensor4D>(tf.maximum(moved, lowest), highest);
      });
      tf.dispose([normalised, gradient, current]);
      current = next;
      await onStep?.(step);
    }
    return current;
  } catch (error) {
    current.dispose();
    throw error;
  } finally {
    tf.dispose([meanTensor, stdTensor, lowest, highest]);
  }
}

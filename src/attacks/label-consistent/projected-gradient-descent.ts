import type { Normalization } from "../../datasets/image-set.js";
import { tf } from "../../engine/tf.js";
import { RunError } from "../../errors.js";
import type { Model } from "../../nn/model.js";
import { imageGradient } from "../../training/gradients.js";
import { finiteMark } from "../crafting/finite-gradients.js";
import type { TensorResize } from "../crafting/tensor-resize.js";
import { networkInput } from "../crafting/unit-images.js";

export interface PgdOptions {
  /** Radius of the L-infinity ball, in [0, 1] units: 8 levels are 8/255. */
  readonly eps: number;
  /** Step length, same units. */
  readonly alpha: number;
  readonly steps: number;
  readonly normalization: Normalization;
}

interface PgdExtras {
  /** From the images to the size that the network takes, where that is another one. */
  readonly resize?: TensorResize;
  readonly onStep?: () => Promise<void>;
}

/**
 * Untargeted projected gradient descent without random start (Madry et al., arXiv:1706.06083): steps along the sign
 * of the loss gradient, kept within eps of the images and in [0, 1]. The model is in evaluation mode.
 * @param images float32 [N, H, W, C] in [0, 1]; borrowed
 * @param labels int32 [N], true classes; borrowed
 * @returns float32 [N, H, W, C] in [0, 1], owned by the caller
 * @throws RunError when a gradient was not finite, once all steps are made
 */
export async function perturb(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  options: PgdOptions,
  { resize, onStep }: PgdExtras = {},
): Promise<tf.Tensor4D> {
  const lowest = tf.tidy(() => tf.maximum(tf.sub(images, options.eps), 0));
  const highest = tf.tidy(() => tf.minimum(tf.add(images, options.eps), 1));
  let current = images.clone();
  let mark = tf.scalar(0);
  try {
    for (let step = 1; step <= options.steps; step++) {
      const input = tf.tidy(() =>
        networkInput(resize ? resize.apply(current) : current, options.normalization),
      );
      const atInput = imageGradient(model, input, labels);
      // Dividing by std scales a channel's gradient by a positive number, which its sign ignores.
      const gradient = resize ? resize.pullBack(atInput) : atInput;
      const next = tf.tidy(() => {
        const moved = tf.add(current, tf.mul(tf.sign(gradient), options.alpha));
        return tf.minimum<tf.Tensor4D>(tf.maximum(moved, lowest), highest);
      });
      const marked = tf.tidy(() => tf.add<tf.Scalar>(mark, finiteMark(atInput)));
      tf.dispose([input, atInput, gradient, current, mark]);
      mark = marked;
      current = next;
      await onStep?.();
    }
    // Asked for once: a device is slow to answer.
    if (!Number.isFinite((await mark.data())[0])) throw notFinite();
    return current;
  } catch (error) {
    current.dispose();
    throw error;
  } finally {
    tf.dispose([lowest, highest, mark]);
  }
}

const notFinite = (): RunError =>
  new RunError("The clean model's gradients are not all finite.", "Use another --clean_model_path.");

import { tf } from "../tf.js";
import type { Kernels } from "./kernels.js";

/**
 * Every sample by itself: with positions first and (sample, channel) pairs as the channels, one ordinary batch norm
 * computes all samples' statistics at once, and its scale and offset gradients are the per-sample ones.
 */
export const foldedBatchNorm = ({
  batchNorm,
  batchNormGradient,
}: Pick<Kernels, "batchNorm" | "batchNormGradient">): Pick<
  Kernels,
  "sampleBatchNorm" | "sampleBatchNormGradient"
> => ({
  sampleBatchNorm(x, scale, offset) {
    const [n, height, width, channels] = x.shape;
    const folded = fold(x);
    const scales = tf.tile(scale, [n]);
    const offsets = tf.tile(offset, [n]);
    const { output, mean, variance, saved } = batchNorm(folded, scales, offsets);
    const result = {
      output: unfold(output, [n, height, width, channels]),
      mean: tf.reshape(mean, [n, channels]) as tf.Tensor2D,
      variance: tf.reshape(variance, [n, channels]) as tf.Tensor2D,
      saved: [folded, scales, ...saved],
    };
    tf.dispose([output, mean, variance, offsets]);
    return result;
  },
  sampleBatchNormGradient(dy, [folded, scales, ...saved]) {
    const [n, , , channels] = dy.shape;
    const foldedDy = fold(dy);
    const gradient = batchNormGradient(foldedDy, folded as tf.Tensor4D, scales as tf.Tensor1D, saved);
    const result = {
      input: unfold(gradient.input, dy.shape),
      scale: tf.reshape(gradient.scale, [n, channels]) as tf.Tensor2D,
      offset: tf.reshape(gradient.offset, [n, channels]) as tf.Tensor2D,
    };
    tf.dispose([foldedDy, gradient.input, gradient.scale, gradient.offset]);
    return result;
  },
});

const fold = (t: tf.Tensor4D): tf.Tensor4D => {
  const [n, height, width, channels] = t.shape;
  return tf.tidy(
    () => tf.reshape(tf.transpose(t, [1, 2, 0, 3]), [1, height * width, 1, n * channels]) as tf.Tensor4D,
  );
};

const unfold = (t: tf.Tensor4D, [n, height, width, channels]: tf.Tensor4D["shape"]): tf.Tensor4D =>
  tf.tidy(() => tf.transpose(tf.reshape(t, [height, width, n, channels]), [2, 0, 1, 3]));

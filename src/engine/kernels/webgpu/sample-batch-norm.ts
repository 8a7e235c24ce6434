import { tf } from "../../tf.js";
import type { Kernels } from "../kernels.js";
import { batchNorm, batchNormGradient } from "./batch-norm.js";

export const sampleBatchNorm: Kernels["sampleBatchNorm"] = (x, scale, offset) => {
  const settings = { groups: x.shape[0], ending: "none" } as const;
  const { output, mean, variance, saved } = batchNorm(x, scale, offset, settings);
  const statistics = { mean: ofImages(mean, x), variance: ofImages(variance, x) };
  tf.dispose([mean, variance]);
  return { output, ...statistics, saved: [x.clone(), ...saved] };
};

export const sampleBatchNormGradient: Kernels["sampleBatchNormGradient"] = (dy, [x, ...saved]) => {
  const { input, scale, offset } = batchNormGradient(dy, x as tf.Tensor4D, saved, "none");
  const result = { input, scale: ofImages(scale, dy), offset: ofImages(offset, dy) };
  tf.dispose([scale, offset]);
  return result;
};

/** Numbers of every image's channels: float32 [N * C] -> [N, C], for images [N, H, W, C]. */
export const ofImages = (numbers: tf.Tensor1D, { shape: [n, , , channels] }: tf.Tensor4D): tf.Tensor2D =>
  tf.reshape(numbers, [n, channels]);

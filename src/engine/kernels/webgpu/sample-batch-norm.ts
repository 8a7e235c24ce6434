import { tf } from "../../tf.js";
import type { Kernels } from "../kernels.js";
import { batchNorm, batchNormGradient } from "./batch-norm.js";

export const sampleBatchNorm: Kernels["sampleBatchNorm"] = (x, scale, offset) => {
  const { output, mean, variance, saved } = batchNorm(x, scale, offset, x.shape[0]);
  const result = { output, mean: rows(mean, x), variance: rows(variance, x), saved: [x.clone(), ...saved] };
  tf.dispose([mean, variance]);
  return result;
};

export const sampleBatchNormGradient: Kernels["sampleBatchNormGradient"] = (dy, [x, ...saved]) => {
  const { input, scale, offset } = batchNormGradient(dy, x as tf.Tensor4D, saved);
  const result = { input, scale: rows(scale, dy), offset: rows(offset, dy) };
  tf.dispose([scale, offset]);
  return result;
};

const rows = (statistics: tf.Tensor1D, { shape: [n, , , channels] }: tf.Tensor4D): tf.Tensor2D =>
  tf.reshape(statistics, [n, channels]);

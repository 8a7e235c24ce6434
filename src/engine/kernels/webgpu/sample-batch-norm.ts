import type { tf } from "../../tf.js";
import type { Kernels } from "../kernels.js";
import { batchNorm, batchNormGradient } from "./batch-norm.js";

const settings = { statistics: "sample", ending: "none" } as const;

export const sampleBatchNorm: Kernels["sampleBatchNorm"] = (x, scale, offset) => {
  const { saved, ...result } = batchNorm(x, { scale, offset }, settings);
  return { ...result, saved: [x.clone(), ...saved] };
};

export const sampleBatchNormGradient: Kernels["sampleBatchNormGradient"] = (dy, [x, ...saved]) =>
  batchNormGradient(dy, x as tf.Tensor4D, saved, settings);

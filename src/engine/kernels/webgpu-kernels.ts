import { tf } from "../tf.js";
import { composedKernels } from "./composed-kernels.js";
import type { Kernels, Lattice } from "./kernels.js";
import { batchNorm, batchNormGradient } from "./webgpu/batch-norm.js";
import { batchNormRelu } from "./webgpu/batch-norm-relu.js";
import { blend } from "./webgpu/blend.js";
import { convolution } from "./webgpu/convolution.js";
import { convolutionFilterGradient } from "./webgpu/convolution-filter-gradient.js";
import { convolutionInputGradient } from "./webgpu/convolution-input-gradient.js";
import { crossEntropy } from "./webgpu/cross-entropy.js";
import { maskOfBits } from "./webgpu/mask-of-bits.js";
import { moments } from "./webgpu/moments.js";
import { reluGradient, reluOfSum } from "./webgpu/relu.js";
import { sampleBatchNorm, sampleBatchNormGradient } from "./webgpu/sample-batch-norm.js";
import { sampleFilterGradient } from "./webgpu/sample-filter-gradient.js";
import { sgd } from "./webgpu/sgd.js";
import { sum } from "./webgpu/sum.js";
import { tokenKernels } from "./webgpu/token-kernels.js";

/** Shaders of our own for what costs most; elsewhere tfjs's, or what suits every backend. */
export const webgpuKernels: Kernels = {
  ...composedKernels,
  convolution,
  convolutionInputGradient,
  convolutionFilterGradient,
  sampleFilterGradient,
  batchNorm: (x, scale, offset) => batchNorm(x, { scale, offset }, { statistics: "batch", ending: "none" }),
  batchNormGradient: (dy, x, _scale, saved) =>
    batchNormGradient(dy, x, saved, { statistics: "batch", ending: "none" }),
  batchNormRelu,
  tokens: tokenKernels,
  sampleBatchNorm,
  sampleBatchNormGradient,
  sgd,
  moments,
  crossEntropy,
  reluGradient,
  sum,
  reluOfSum,
  blend,
  maskOfBits,
  pick,
};

function pick(x: tf.Tensor4D, { row, column, height, width, stride }: Lattice): tf.Tensor4D {
  const [n, , , channels] = x.shape;
  if (stride === 1) return tf.slice(x, [0, row, column, 0], [n, height, width, channels]);
  const end = [n, row + (height - 1) * stride + 1, column + (width - 1) * stride + 1, channels];
  return tf.stridedSlice(x, [0, row, column, 0], end, [1, stride, stride, 1]) as tf.Tensor4D;
}

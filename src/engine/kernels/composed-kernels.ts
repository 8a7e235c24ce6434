import { tf } from "../tf.js";
import { composedFusions } from "./composed-fusions.js";
import { gatherMaxima, scatterToMaxima } from "./composed-max-pool.js";
import { foldedBatchNorm } from "./folded-batch-norm.js";
import {
  type BatchNormGradient,
  type BatchNormResult,
  batchNormEpsilon,
  type ConvolutionGeometry,
  type Kernels,
  type Lattice,
} from "./kernels.js";

type Shape4 = readonly [number, number, number, number];

/**
 * The kernels in terms of operations every tfjs backend does well. Both gradients of a convolution are written as
 * convolutions: WebAssembly has no filter gradient, and its input gradient is a naive loop.
 */
export const composedKernels: Kernels = {
  ...composedFusions,
  ...foldedBatchNorm({ batchNorm, batchNormGradient }),
  fastFilterGradient: false,
  batchNorm,
  batchNormGradient,
  convolution: (x, filter, { stride, pad }) => tf.conv2d(x, filter, stride, pad),
  convolutionInputGradient: (dy, filter, inputShape, geometry) =>
    tf.tidy(() => inputGradient(dy, filter, inputShape, geometry)),
  convolutionFilterGradient: (x, dy, filterShape, geometry) =>
    tf.tidy(() => filterGradient(x, dy, filterShape, geometry)),

  reluGradient: (dy, y) => tf.tidy(() => tf.mul(dy, tf.step(y))),

  pick: (x, lattice) => tf.tidy(() => pick(x, lattice)),

  maxPool: (x, { kernel, stride }) => tf.maxPool(x, kernel, stride, "valid"),

  maxPoolGradient: (dy, x, y, geometry) => tf.tidy(() => scatterToMaxima(dy, { x, y }, geometry)),

  maxPoolGather: (other, x, y, geometry) => tf.tidy(() => gatherMaxima(other, { x, y }, geometry)),
};

function batchNorm(x: tf.Tensor4D, scale: tf.Tensor1D, offset: tf.Tensor1D): BatchNormResult {
  const count = x.size / x.shape[3];
  const [output, mean, variance, inverseDeviation] = tf.tidy(() => {
    const mean = tf.mean<tf.Tensor1D>(x, [0, 1, 2]);
    const centered = tf.sub<tf.Tensor4D>(x, mean);
    const biased = tf.mean<tf.Tensor1D>(tf.square(centered), [0, 1, 2]);
    const inverseDeviation = tf.rsqrt(tf.add(biased, batchNormEpsilon));
    const output = tf.add<tf.Tensor4D>(tf.mul(centered, tf.mul(inverseDeviation, scale)), offset);
    return [output, mean, tf.mul<tf.Tensor1D>(biased, count / (count - 1)), inverseDeviation] as const;
  });
  return { output, mean, variance, saved: [mean.clone(), inverseDeviation] };
}

function batchNormGradient(
  dy: tf.Tensor4D,
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  saved: readonly tf.Tensor[],
): BatchNormGradient {
  const [mean, inverseDeviation] = saved;
  const count = x.size / x.shape[3];
  const [input, dScale, dOffset] = tf.tidy(() => {
    const normalised = tf.mul<tf.Tensor4D>(tf.sub(x, mean), inverseDeviation);
    const dScale = tf.sum<tf.Tensor1D>(tf.mul(dy, normalised), [0, 1, 2]);
    const dOffset = tf.sum<tf.Tensor1D>(dy, [0, 1, 2]);
    const common = tf.add(tf.mul(normalised, tf.div(dScale, count)), tf.div(dOffset, count));
    const input = tf.mul<tf.Tensor4D>(tf.sub(dy, common), tf.mul(inverseDeviation, scale));
    return [input, dScale, dOffset] as const;
  });
  return { input, scale: dScale, offset: dOffset };
}

/** Cuts x into squares of stride by stride and takes their first corners: a strided slice is slow on WebAssembly. */
function pick(x: tf.Tensor4D, { row, column, height, width, stride }: Lattice): tf.Tensor4D {
  const [n, xHeight, xWidth, channels] = x.shape;
  if (stride === 1) return tf.slice(x, [0, row, column, 0], [n, height, width, channels]);
  const rows = Math.min(height * stride, xHeight - row);
  const columns = Math.min(width * stride, xWidth - column);
  const whole = tf.pad(tf.slice(x, [0, row, column, 0], [n, rows, columns, channels]), [
    [0, 0],
    [0, height * stride - rows],
    [0, width * stride - columns],
    [0, 0],
  ]);
  const squares = tf.reshape(whole, [n * height, stride, width, stride * channels]) as tf.Tensor4D;
  return tf.reshape(tf.slice(squares, [0, 0, 0, 0], [-1, 1, -1, channels]), [n, height, width, channels]);
}

/** dx is the convolution of dy, spread out by the stride, with the filter turned around and its channels swapped. */
function inputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  inputShape: Shape4,
  { stride, pad }: ConvolutionGeometry,
): tf.Tensor4D {
  const [, height, width] = inputShape;
  const kernel = filter.shape[0];
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  const spread = spreadOut(dy, stride);
  const before = kernel - 1 - pad;
  const padded = padOrCut(spread, before, height + kernel - 1, width + kernel - 1);
  return tf.conv2d(padded, turned as tf.Tensor4D, 1, "valid");
}

/** Puts stride - 1 zeros between (and after) neighbours along H and W. */
function spreadOut(dy: tf.Tensor4D, stride: number): tf.Tensor4D {
  if (stride === 1) return dy;
  const [n, h, w, c] = dy.shape;
  const wide = tf.pad(tf.reshape(dy, [n * h * w, c]), [
    [0, 0],
    [0, (stride - 1) * c],
  ]);
  const rows = tf.pad(tf.reshape(wide, [n * h, w * stride * c]), [
    [0, 0],
    [0, (stride - 1) * w * stride * c],
  ]);
  return tf.reshape(rows, [n, h * stride, w * stride, c]);
}

/** Zeros before and after along H and W (a negative count cuts) so that the result is height x width. */
function padOrCut(x: tf.Tensor4D, before: number, height: number, width: number): tf.Tensor4D {
  const cut = Math.max(0, -before);
  const front = Math.max(0, before);
  const keepH = Math.min(x.shape[1] - cut, height - front);
  const keepW = Math.min(x.shape[2] - cut, width - front);
  const kept =
    cut > 0 || keepH < x.shape[1] || keepW < x.shape[2]
      ? tf.slice(x, [0, cut, cut, 0], [-1, keepH, keepW, -1])
      : x;
  return tf.pad(kept, [
    [0, 0],
    [front, height - front - keepH],
    [front, width - front - keepW],
    [0, 0],
  ]);
}

/** dFilter is one convolution in which channels play the batch, and the batch plays the channels. */
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: Shape4,
  { stride, pad }: ConvolutionGeometry,
): tf.Tensor4D {
  const [kernel] = filterShape;
  const [, outputHeight, outputWidth] = dy.shape;
  // The rows and columns the strided windows reach; a remainder never seen would give extra filter taps.
  const reach = (size: number) => (size - 1) * stride + kernel;
  const padded = padOrCut(x, pad, reach(outputHeight), reach(outputWidth));
  const channelsAsBatch = tf.transpose(padded, [3, 1, 2, 0]);
  const outputAsFilter = tf.transpose(dy, [1, 2, 0, 3]);
  // tfjs refuses stride and dilation together, but the stride here is 1.
  const result = tf.conv2d(
    channelsAsBatch as tf.Tensor4D,
    outputAsFilter as tf.Tensor4D,
    1,
    "valid",
    "NHWC",
    stride,
  );
  return tf.transpose(result, [1, 2, 0, 3]) as tf.Tensor4D;
}

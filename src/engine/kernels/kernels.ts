import type { tf } from "../tf.js";

/** A square convolution's geometry: output side = floor((side + 2 pad - kernel) / stride) + 1, zero padding. */
export interface ConvolutionGeometry {
  readonly stride: number;
  readonly pad: number;
}

/** A square pooling window that stays inside the image: output side = floor((side - kernel) / stride) + 1. */
export interface PoolGeometry {
  readonly kernel: number;
  readonly stride: number;
}

/** The positions (row + i * stride, column + j * stride) of an image, i < height, j < width. */
export interface Lattice {
  readonly row: number;
  readonly column: number;
  readonly height: number;
  readonly width: number;
  readonly stride: number;
}

interface BatchNormResult {
  /** float32 [N, H, W, C] */
  readonly output: tf.Tensor4D;
  /** float32 [C] */
  readonly mean: tf.Tensor1D;
  /** float32 [C], unbiased (divided by N*H*W - 1), as running statistics want it */
  readonly variance: tf.Tensor1D;
  /** What the gradient needs; opaque, owned by the caller. */
  readonly saved: readonly tf.Tensor[];
}

interface BatchNormGradient {
  readonly input: tf.Tensor4D;
  readonly scale: tf.Tensor1D;
  readonly offset: tf.Tensor1D;
}

/** PyTorch's batch norm epsilon. */
export const batchNormEpsilon = 1e-5;

/**
 * The operations whose speed decides a run's, one implementation an engine. All borrow their arguments and return
 * new tensors. Images are float32 [N, H, W, C], filters float32 [kh, kw, Cin, Cout].
 */
export interface Kernels {
  /** Whether the filter gradient of a single image runs near the speed of a whole batch's, per image. */
  readonly fastFilterGradient: boolean;
  convolution(x: tf.Tensor4D, filter: tf.Tensor4D, geometry: ConvolutionGeometry): tf.Tensor4D;
  /** d loss / d x, given dy = d loss / d output */
  convolutionInputGradient(
    dy: tf.Tensor4D,
    filter: tf.Tensor4D,
    inputShape: readonly [number, number, number, number],
    geometry: ConvolutionGeometry,
  ): tf.Tensor4D;
  /** d loss / d filter, summed over the batch */
  convolutionFilterGradient(
    x: tf.Tensor4D,
    dy: tf.Tensor4D,
    filterShape: readonly [number, number, number, number],
    geometry: ConvolutionGeometry,
  ): tf.Tensor4D;
  /** Normalises with the statistics of x over N, H and W (biased variance), then scales and shifts. */
  batchNorm(x: tf.Tensor4D, scale: tf.Tensor1D, offset: tf.Tensor1D): BatchNormResult;
  batchNormGradient(
    dy: tf.Tensor4D,
    x: tf.Tensor4D,
    scale: tf.Tensor1D,
    saved: readonly tf.Tensor[],
  ): BatchNormGradient;
  /** dy where y > 0, else 0; y is the output of relu. */
  reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor;
  /** What x holds at the positions of a lattice: float32 [N, height, width, C]. */
  pick(x: tf.Tensor4D, lattice: Lattice): tf.Tensor4D;
  maxPool(x: tf.Tensor4D, geometry: PoolGeometry): tf.Tensor4D;
  /** Every element of dy put where its window of x has its maximum y; float32 like x. */
  maxPoolGradient(dy: tf.Tensor4D, x: tf.Tensor4D, y: tf.Tensor4D, geometry: PoolGeometry): tf.Tensor4D;
  /** The elements of `other`, shaped like x, that lie where the windows of x have their maxima y; float32 like y. */
  maxPoolGather(other: tf.Tensor4D, x: tf.Tensor4D, y: tf.Tensor4D, geometry: PoolGeometry): tf.Tensor4D;
}

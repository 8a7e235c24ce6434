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

export interface BatchNormResult {
  /** float32 [N, H, W, C] */
  readonly output: tf.Tensor4D;
  /** float32 [C] */
  readonly mean: tf.Tensor1D;
  /** float32 [C], unbiased (divided by N*H*W - 1), as running statistics want it */
  readonly variance: tf.Tensor1D;
  /** What the gradient needs; opaque, owned by the caller. */
  readonly saved: readonly tf.Tensor[];
}

export interface BatchNormGradient {
  readonly input: tf.Tensor4D;
  readonly scale: tf.Tensor1D;
  readonly offset: tf.Tensor1D;
}

interface SampleBatchNormResult {
  /** float32 [N, H, W, C] */
  readonly output: tf.Tensor4D;
  /** float32 [N, C] */
  readonly mean: tf.Tensor2D;
  /** float32 [N, C], unbiased (divided by H*W - 1) */
  readonly variance: tf.Tensor2D;
  /** What the gradient needs; opaque, owned by the caller. */
  readonly saved: readonly tf.Tensor[];
}

interface SampleBatchNormGradient {
  readonly input: tf.Tensor4D;
  /** float32 [N, C], of each image by itself */
  readonly scale: tf.Tensor2D;
  readonly offset: tf.Tensor2D;
}

/** What an SGD step is made by, torch.optim.SGD with dampening 0. */
export interface SgdRule {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
}

/** One parameter in an SGD step, all of one shape. */
export interface SgdParameter {
  readonly gradient: tf.Tensor;
  readonly value: tf.Tensor;
  /** The momentum that the step before left; none before the first, whose momentum is the gradient itself. */
  readonly velocity: tf.Tensor | undefined;
}

/** What the step makes of it. */
export interface SgdResult {
  readonly value: tf.Tensor;
  readonly velocity: tf.Tensor;
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
  /**
   * Each sample's filter gradient at a few chosen elements, indices into the flattened filter: float32
   * [N, elements.length]. Only where an engine has one, and undefined where so many are wanted that it is not worth it.
   */
  sampleFilterGradient?(
    x: tf.Tensor4D,
    dy: tf.Tensor4D,
    filterShape: readonly [number, number, number, number],
    geometry: ConvolutionGeometry,
    elements: Int32Array,
  ): tf.Tensor2D | undefined;
  /** Normalises with the statistics of x over N, H and W (biased variance), then scales and shifts. */
  batchNorm(x: tf.Tensor4D, scale: tf.Tensor1D, offset: tf.Tensor1D): BatchNormResult;
  batchNormGradient(
    dy: tf.Tensor4D,
    x: tf.Tensor4D,
    scale: tf.Tensor1D,
    saved: readonly tf.Tensor[],
  ): BatchNormGradient;
  /** The same of every image by itself, as if it were a batch of one. */
  sampleBatchNorm(x: tf.Tensor4D, scale: tf.Tensor1D, offset: tf.Tensor1D): SampleBatchNormResult;
  /** @param saved of `sampleBatchNorm` */
  sampleBatchNormGradient(dy: tf.Tensor4D, saved: readonly tf.Tensor[]): SampleBatchNormGradient;
  /** One step of many parameters, in their order. */
  sgd(parameters: readonly SgdParameter[], rule: SgdRule): SgdResult[];
  /** a * (1 - share) + b * share of each pair of one shape. */
  blend(pairs: readonly (readonly [a: tf.Tensor, b: tf.Tensor])[], share: number): tf.Tensor[];
  /** dy where y > 0, else 0; y is the output of relu. */
  reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor;
  /** max(a + b, 0), of one shape. */
  reluOfSum(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
  /** What x holds at the positions of a lattice: float32 [N, height, width, C]. */
  pick(x: tf.Tensor4D, lattice: Lattice): tf.Tensor4D;
  maxPool(x: tf.Tensor4D, geometry: PoolGeometry): tf.Tensor4D;
  /** Every element of dy put where its window of x has its maximum y; float32 like x. */
  maxPoolGradient(dy: tf.Tensor4D, x: tf.Tensor4D, y: tf.Tensor4D, geometry: PoolGeometry): tf.Tensor4D;
  /** The elements of `other`, shaped like x, that lie where the windows of x have their maxima y; float32 like y. */
  maxPoolGather(other: tf.Tensor4D, x: tf.Tensor4D, y: tf.Tensor4D, geometry: PoolGeometry): tf.Tensor4D;
}

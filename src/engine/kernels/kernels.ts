import type { tf } from "../tf.js";
import type { TokenKernels } from "./token-kernels.js";

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

/** Of the whole batch; of every image by itself the statistics are float32 [N, C]. */
export interface BatchNormResult<Statistics = tf.Tensor1D> {
  /** float32 [N, H, W, C] */
  readonly output: tf.Tensor4D;
  /** float32 [C] */
  readonly mean: Statistics;
  /** float32 [C], unbiased (divided by the number of positions less one), as running statistics want it */
  readonly variance: Statistics;
  /** What the gradient needs; opaque, owned by the caller. */
  readonly saved: readonly tf.Tensor[];
}

export interface BatchNormGradient<Statistics = tf.Tensor1D> {
  readonly input: tf.Tensor4D;
  /** float32 [C]; of every image by itself [N, C] */
  readonly scale: Statistics;
  readonly offset: Statistics;
}

/** Batch norm with relu after it, in no more passes than batch norm alone. */
export interface BatchNormRelu {
  /**
   * max(batch norm of x, 0), or max(batch norm of x + addend, 0).
   * @param statistics of the whole batch, or of every image by itself: then mean and variance are float32 [N, C]
   * @param addend float32 [N, H, W, C]
   */
  forward(
    x: tf.Tensor4D,
    parameters: { readonly scale: tf.Tensor1D; readonly offset: tf.Tensor1D },
    statistics: "batch" | "sample",
    addend?: tf.Tensor4D,
  ): BatchNormResult<tf.Tensor>;
  /**
   * @param saved of `forward`
   * @param output of `forward` with an addend, whose gradient is then returned too
   * @returns scale and offset float32 [C], or [N, C] of every image
   */
  gradient(
    dy: tf.Tensor4D,
    x: tf.Tensor4D,
    saved: readonly tf.Tensor[],
    statistics: "batch" | "sample",
    output?: tf.Tensor4D,
  ): BatchNormGradient<tf.Tensor> & { readonly addend?: tf.Tensor4D };
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
  /**
   * The momentum that the step before left, which the step may change in place; none before the first, whose momentum is the
   * gradient itself.
   */
  readonly velocity: tf.Tensor | undefined;
}

/** What the step makes of it; the velocity may be the one that was given. */
export interface SgdResult {
  readonly value: tf.Tensor;
  readonly velocity: tf.Tensor;
}

/**
 * How a step follows the running means of a gradient, `first`, and of its square, `second`: by
 * factor * first, or by factor * first * correction / (sqrt(second) / divisor + epsilon).
 */
export interface MomentRule {
  readonly beta1: number;
  readonly beta2: number;
  readonly factor: number;
  /** Without it the step's length follows the gradient's. */
  readonly scaled?: { readonly correction: number; readonly divisor: number; readonly epsilon: number };
}

/** One parameter in such a step, all of one shape. */
export interface MomentParameter {
  readonly gradient: tf.Tensor;
  readonly value: tf.Tensor;
  /** What the step before left, which the step may change in place; none before the first. */
  readonly moments: Moments | undefined;
}

export interface Moments {
  readonly first: tf.Tensor;
  readonly second: tf.Tensor;
}

/** What the step makes of it; the moments may be those that were given. */
export interface MomentResult {
  readonly value: tf.Tensor;
  readonly moments: Moments;
}

export interface CrossEntropy {
  /** float32 scalar, mean over the batch */
  readonly loss: tf.Scalar;
  /** float32 [N, numClasses], d loss / d logits */
  readonly gradient: tf.Tensor2D;
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
  /**
   * @param compact whether an engine that computes in mixed precision may leave the result in half the bytes: where a batch
   * norm of its own statistics reads it
   */
  convolution(
    x: tf.Tensor4D,
    filter: tf.Tensor4D,
    geometry: ConvolutionGeometry,
    compact?: boolean,
  ): tf.Tensor4D;
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
  sampleBatchNorm(x: tf.Tensor4D, scale: tf.Tensor1D, offset: tf.Tensor1D): BatchNormResult<tf.Tensor2D>;
  /** @param saved of `sampleBatchNorm` */
  sampleBatchNormGradient(dy: tf.Tensor4D, saved: readonly tf.Tensor[]): BatchNormGradient<tf.Tensor2D>;
  /** Only where an engine has it. */
  readonly batchNormRelu?: BatchNormRelu;
  /** Only where an engine has them. */
  readonly tokens?: TokenKernels;
  /** One step of many parameters, in their order. An engine may make each only when it is asked for: what it replaces can be disposed. */
  sgd(parameters: readonly SgdParameter[], rule: SgdRule): Iterable<SgdResult>;
  /** One step of Adam or its like, of many parameters in their order, made as those of `sgd`. */
  moments(parameters: readonly MomentParameter[], rule: MomentRule): Iterable<MomentResult>;
  /**
   * Softmax cross-entropy.
   * @param logits float32 [N, numClasses]
   * @param labels int32 [N]
   * @param reduction mean: the gradient of the mean loss; none: row n is the gradient of sample n's own loss
   */
  crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, reduction: "mean" | "none"): CrossEntropy;
  /** a * (1 - share) + b * share of each pair of one shape. */
  blend(pairs: readonly (readonly [a: tf.Tensor, b: tf.Tensor])[], share: number): tf.Tensor[];
  /**
   * float32 of that shape: 0 where a bit is set, counted from the lowest of the first number, else `kept`. Only where an engine
   * has memory of its own, to which a mask's bits are brought faster than the mask.
   */
  maskOfBits?(bits: Int32Array, shape: readonly number[], kept: number): tf.Tensor;
  /** dy where y > 0, else 0; y is the output of relu. */
  reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor;
  /** a + b, of one shape. */
  sum(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
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

import type { tf } from "../tf.js";

/** What the heads of an attention weigh by. */
export interface AttentionWeights {
  /** softmax of every row of scores times scale: float32 [N, heads, T, T] */
  readonly weights: tf.Tensor;
  /** The same times the mask; without a mask `weights` itself. */
  readonly dropped: tf.Tensor;
}

/**
 * What a vision transformer is made of, for engines that do each in a pass or two; C is the last axis. All borrow their
 * arguments and return new tensors.
 */
export interface TokenKernels {
  /** x times the matrix, and the bias added: float32 [..., in] -> [..., out]. */
  linear(x: tf.Tensor, matrix: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor;
  /** The sums over equal groups of vectors: float32 [..., C] -> [groups, C]. */
  channelSums(x: tf.Tensor, groups: number): tf.Tensor2D;
  /** Every vector by its own mean and (biased) variance, then scaled and shifted. @returns saved what the gradient needs */
  layerNorm(
    x: tf.Tensor,
    scale: tf.Tensor1D,
    offset: tf.Tensor1D,
    epsilon: number,
  ): { readonly output: tf.Tensor; readonly saved: tf.Tensor };
  /** d loss / d x */
  layerNormGradient(dy: tf.Tensor, x: tf.Tensor, scale: tf.Tensor1D, saved: tf.Tensor): tf.Tensor;
  /** d loss / d offset and d scale, over equal groups of vectors: float32 [groups, C] */
  layerNormSums(
    dy: tf.Tensor,
    x: tf.Tensor,
    saved: tf.Tensor,
    groups: number,
  ): { readonly offset: tf.Tensor2D; readonly scale: tf.Tensor2D };
  /** x times the normal distribution function of x. */
  gelu(x: tf.Tensor): tf.Tensor;
  geluGradient(dy: tf.Tensor, x: tf.Tensor): tf.Tensor;
  /** Each head's products of a's vectors with b's: float32 [N, T, width] twice -> [N, heads, T, T]. */
  headScores(a: tf.Tensor, b: tf.Tensor, heads: number): tf.Tensor;
  /**
   * Each head's weighted sums of vectors: float32 [N, heads, T, T], [N, T, width] -> [N, T, width].
   * @param transposed takes the weights' columns for their rows
   */
  headSums(weights: tf.Tensor, vectors: tf.Tensor, transposed: boolean): tf.Tensor;
  /** @param mask float32, shaped like the scores */
  attentionWeights(scores: tf.Tensor, scale: number, mask: tf.Tensor | undefined): AttentionWeights;
  /** d loss / d scores. @param dDropped of what `attentionWeights` dropped to */
  attentionGradient(
    dDropped: tf.Tensor,
    weights: tf.Tensor,
    scale: number,
    mask: tf.Tensor | undefined,
  ): tf.Tensor;
}

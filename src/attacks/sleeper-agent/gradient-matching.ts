import type { Normalization } from "../../datasets/image-set.js";
import { tf } from "../../engine/tf.js";
import { GateTape } from "../../nn/gate-tape.js";
import type { Model } from "../../nn/model.js";
import { imageGradient } from "../../training/gradients.js";
import { networkInput } from "../crafting/unit-images.js";
import {
  addShare,
  disposeVector,
  innerProducts,
  type ParameterVector,
  parameterGradient,
  withMovedWeights,
} from "./parameter-gradient.js";

/** How far the weights are moved for the difference, of their own length: less drowns in float32's rounding. */
const relativeStep = 1e-4;
/** A gradient shorter than this has no direction. */
const noLength = 1e-12;

export interface MatchingOptions {
  readonly normalization: Normalization;
  /** What the images' gradient should point to; its parameters are those that count. Any length but 0; borrowed. */
  readonly target: ParameterVector;
  /** Images that go through the network together. */
  readonly atOnce: number;
  /** Called between passes; it may throw. */
  readonly pause?: () => Promise<void>;
}

interface Matching {
  /** 1 - cosine of the angle between the images' gradient and the target, in [0, 2] */
  readonly distance: number;
  /** float32 [N, H, W, C], d distance / d images, owned by the caller; 0 where there is no direction to move in */
  readonly dImages: tf.Tensor4D;
}

/**
 * How far the training gradient of a batch of images is from a target's direction, and how that changes with every
 * pixel (gradient matching: Geiping et al., arXiv:2009.02276). The model is in evaluation mode.
 *
 * The distance B depends on the images through their gradient g alone, so dB/dx = d<g, v>/dx with v = dB/dg held fixed,
 * and <g, v> is the loss' slope along v: its derivative is the difference of the loss' image gradients at weights moved
 * forth and back along v. Units that a relu or a max pool shuts stay shut for both, without which the difference would
 * be dominated by those that flip.
 * @param images float32 [N, H, W, C] in [0, 1]; borrowed
 * @param labels int32 [N]; borrowed
 */
export async function matchingGradient(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  { normalization, target, atOnce, pause = async () => {} }: MatchingOptions,
): Promise<Matching> {
  const parts = cut(images, labels, normalization, atOnce);
  const moved: tf.Tensor4D[] = [];
  const vectors: ParameterVector[] = [];
  try {
    const gradient = await meanGradient(model, target, parts, pause);
    vectors.push(gradient);
    const { cosine, length, targetLength } = await angle(gradient, target);
    const distance = 1 - cosine;
    const sine = Math.sqrt(Math.max(0, 1 - cosine * cosine));
    if (length < noLength || sine < noLength) return { distance, dImages: tf.zerosLike(images) };
    const direction = steepest(target, 1 / targetLength, gradient, cosine / length, sine);
    vectors.push(direction);
    const step = relativeStep * (await lengthOfWeights(target));
    for (const distance of [step, -step])
      moved.push(await withMovedWeights(direction, distance, () => imageGradients(model, parts, pause)));
    // B's gradient with respect to g has the length sine / |g|; the direction has length 1.
    const slope = sine / length / (2 * step);
    const dImages = tf.tidy(() => {
      const difference = tf.mul(tf.sub(moved[0], moved[1]), slope);
      return tf.div<tf.Tensor4D>(difference, tf.tensor1d([...normalization.std]));
    });
    return { distance, dImages };
  } finally {
    tf.dispose(moved);
    for (const vector of vectors) disposeVector(vector);
    for (const part of parts) disposePart(part);
  }
}

/** The distance alone, at less than half the cost. */
export async function matchingDistance(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  { normalization, target, atOnce, pause = async () => {} }: MatchingOptions,
): Promise<number> {
  const parts = cut(images, labels, normalization, atOnce);
  try {
    const gradient = await meanGradient(model, target, parts, pause);
    const { cosine } = await angle(gradient, target);
    disposeVector(gradient);
    return 1 - cosine;
  } finally {
    for (const part of parts) disposePart(part);
  }
}

interface Part {
  /** float32 [n, H, W, C], normalised */
  readonly images: tf.Tensor4D;
  readonly labels: tf.Tensor1D;
  readonly gates: GateTape;
  /** Of all the images. */
  readonly share: number;
}

function cut(images: tf.Tensor4D, labels: tf.Tensor1D, normalization: Normalization, atOnce: number): Part[] {
  const [total, ...size] = images.shape;
  return Array.from({ length: Math.ceil(total / atOnce) }, (_, i) => {
    const start = i * atOnce;
    const count = Math.min(atOnce, total - start);
    return {
      images: tf.tidy(() =>
        networkInput(tf.slice(images, [start, 0, 0, 0], [count, ...size]), normalization),
      ),
      labels: tf.slice(labels, start, count),
      gates: new GateTape(),
      share: count / total,
    };
  });
}

function disposePart({ images, labels, gates }: Part): void {
  tf.dispose([images, labels]);
  gates.dispose();
}

/** Gradient of the mean loss of all images with respect to the target's parameters; records their gates. */
async function meanGradient(
  model: Model,
  target: ParameterVector,
  parts: readonly Part[],
  pause: () => Promise<void>,
): Promise<ParameterVector> {
  let sum: ParameterVector = new Map();
  try {
    for (const { images, labels, gates, share } of parts) {
      sum = addShare(sum, parameterGradient(model, target.keys(), images, labels, gates), share);
      await pause();
    }
    return sum;
  } catch (error) {
    disposeVector(sum);
    throw error;
  }
}

/** The cosine is 0 where the gradient has no direction, NaN where a gradient is not finite, or too long for float32. */
async function angle(gradient: ParameterVector, target: ParameterVector) {
  const [product, square, targetSquare] = await innerProducts(
    [target, gradient],
    [gradient, gradient],
    [target, target],
  );
  const [length, targetLength] = [Math.sqrt(square), Math.sqrt(targetSquare)];
  const unknown = { cosine: Number.NaN, length, targetLength };
  if (!Number.isFinite(square) || !Number.isFinite(targetSquare)) return unknown;
  const cosine = length < noLength ? 0 : product / (length * targetLength);
  return { cosine, length, targetLength };
}

async function lengthOfWeights(target: ParameterVector): Promise<number> {
  const weights = new Map([...target.keys()].map((entry) => [entry, entry.value]));
  const [square] = await innerProducts([weights, weights]);
  return Math.sqrt(square);
}

/** dB/dg = -(target - cosine * gradient), both of length 1, and divided by its own length `sine`. */
function steepest(
  target: ParameterVector,
  targetFactor: number,
  gradient: ParameterVector,
  gradientFactor: number,
  sine: number,
): ParameterVector {
  const along = [...target].map(([entry, tensor]) => {
    const own = gradient.get(entry);
    if (!own) throw new Error(`The network gave no gradient of ${entry.name}.`);
    const difference = () => tf.sub(tf.mul(own, gradientFactor / sine), tf.mul(tensor, targetFactor / sine));
    return [entry, tf.tidy(difference)] as const;
  });
  return new Map(along);
}

/** Gradient of the mean loss of all images with respect to their network input: float32 [N, H, W, C]. */
async function imageGradients(
  model: Model,
  parts: readonly Part[],
  pause: () => Promise<void>,
): Promise<tf.Tensor4D> {
  const gradients: tf.Tensor4D[] = [];
  try {
    for (const { images, labels, gates, share } of parts) {
      gates.rewind();
      const own = imageGradient(model, images, labels, gates);
      gradients.push(tf.tidy(() => tf.mul<tf.Tensor4D>(own, share)));
      own.dispose();
      await pause();
    }
    return tf.concat(gradients);
  } finally {
    tf.dispose(gradients);
  }
}

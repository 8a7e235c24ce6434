import { tf } from "../engine/tf.js";
import type { OptimizerName } from "../training/optimizer.js";

/** The surrogate optimizer: every update starts from fresh state. */
export interface Surrogate {
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
}

/** Weight decay of the SGD surrogate, times the parameter, added to the gradient. */
export const surrogateWeightDecay = 5e-4;

const adamEpsilon = 1e-8;

/**
 * What the first step of a fresh optimizer adds to a parameter, up to a term all samples share: -lr g for SGD (its
 * momentum is empty, its weight decay is the same for all and cancels in differences), -lr g / (|g| + 1e-8) for Adam.
 */
export const firstStep = (gradient: tf.Tensor, { optimizer, learningRate }: Surrogate): tf.Tensor =>
  tf.tidy(() =>
    optimizer === "sgd"
      ? tf.mul(gradient, -learningRate)
      : tf.div(tf.mul(gradient, -learningRate), tf.add(tf.abs(gradient), adamEpsilon)),
  );

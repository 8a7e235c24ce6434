import type { OptimizerName } from "./optimizer.js";

/** How a model is trained. */
export interface Recipe {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  /** Epochs at which the rate is divided by ten; without them it follows a cosine (Adam's is constant). */
  readonly milestones?: readonly number[];
}

import type { Precision } from "../engine/engine.js";
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

/**
 * How records name the precision of a training: not at all where it is float32, as it was before there was another. The field is
 * there all the same, so that a record which names one differs.
 */
export const precisionSetting = ({ precision }: { readonly precision?: Precision }) => ({
  precision: precision === "float32" ? undefined : precision,
});

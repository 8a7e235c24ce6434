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
 * Settings as records hold them: float32 is not written down, as it was not before there was another precision. The field is there all
 * the same, so that a record which names one differs.
 */
export const asRecorded = <T extends { readonly precision?: unknown }>(settings: T) => ({
  ...settings,
  precision: settings.precision === "float32" ? undefined : (settings.precision as T["precision"]),
});

import type { OnBadImage } from "../../datasets/bad-files.js";
import type { OptimizerName } from "../../training/optimizer.js";

/** What flags accept that is no registry's. */
export const scenarioNames = ["from_scratch", "fine_tuning"] as const;
export const optimizerNames = ["sgd", "adam"] as const satisfies readonly OptimizerName[];
export const thresholdTypes = ["kmeans", "gaussian", "custom"] as const;
export const badImageChoices = ["error", "skip"] as const satisfies readonly OnBadImage[];

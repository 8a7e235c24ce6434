/*
 * Every name a flag may take. The registry of classifiers loads the array library, so the names that help and validation need stand here; a test holds both to the same keys.
 */

export const classifierNames = [
  "RandomForest",
  "prf",
  "LogisticRegression",
  "LinearSVM",
  "KernelSVM",
  "MLP",
  "ml-random-forest",
] as const;
export type ClassifierName = (typeof classifierNames)[number];

export const scenarioNames = ["from_scratch", "fine_tuning"] as const;
export const optimizerNames = ["sgd", "adam"] as const;
export const thresholdTypes = ["kmeans", "gaussian", "custom"] as const;
/** "auto" takes the first that works, in this order; webgpu where there is a GPU and tensorflow does not use it. */
export const engineChoices = ["auto", "tensorflow", "webgpu", "wasm", "cpu"] as const;

/** The six stages in the order in which they run; each is a flag. */
export const stageNames = [
  "clean_training",
  "poisoned_training",
  "batch_level",
  "sample_level",
  "score_samples",
  "retrain",
] as const;
export type StageName = (typeof stageNames)[number];

/**
 * Every name a flag may take, and which of them work. The registries of attacks, datasets and models load the array
 * library, so the names that help and validation need stand here; a test holds both to the same keys.
 */
interface Choice {
  /** What the command line understands. */
  readonly known: readonly string[];
  /** What can run today; the rest is refused with a message that says so. */
  readonly supported: readonly string[];
}

const attackNames = ["lc", "narcissus", "sa", "ht", "narcissus_lc", "narcissus_lc_sa"] as const;
export const attackChoice = { known: attackNames, supported: attackNames } as const satisfies Choice;
export type AttackName = (typeof attackChoice.known)[number];

export const datasetChoice = {
  known: ["CIFAR10", "synthetic", "slt10", "imagenet"],
  supported: ["CIFAR10", "synthetic", "slt10", "imagenet"],
} as const satisfies Choice;
export type DatasetName = (typeof datasetChoice.known)[number];

const modelNames = [
  "ResNet18",
  "ResNet34",
  "ResNet50",
  "ResNet8",
  "CustomCNN",
  "BasicResNet",
  "CustomResNet18",
  "ViT",
  "ViT-Micro",
] as const;
export const modelChoice = { known: modelNames, supported: modelNames } as const satisfies Choice;
export type ModelName = (typeof modelChoice.known)[number];

const classifierNames = [
  "RandomForest",
  "prf",
  "LogisticRegression",
  "LinearSVM",
  "KernelSVM",
  "MLP",
  "ml-random-forest",
] as const;
export const classifierChoice = {
  known: classifierNames,
  supported: classifierNames,
} as const satisfies Choice;
export type ClassifierName = (typeof classifierChoice.supported)[number];

export const scenarioNames = ["from_scratch", "fine_tuning"] as const;
export const optimizerNames = ["sgd", "adam"] as const;
export const thresholdTypes = ["kmeans", "gaussian", "custom"] as const;
/** "auto" takes the first that works, in this order. */
export const engineChoices = ["auto", "tensorflow", "wasm", "cpu"] as const;

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

/** The datasets each attack is made for. */
export const attackDatasets: Readonly<Record<AttackName, readonly DatasetName[]>> = {
  lc: ["CIFAR10", "imagenet", "synthetic"],
  narcissus: ["CIFAR10", "synthetic"],
  sa: ["CIFAR10", "slt10", "synthetic"],
  ht: ["CIFAR10", "slt10", "imagenet", "synthetic"],
  narcissus_lc: ["CIFAR10", "synthetic"],
  narcissus_lc_sa: ["CIFAR10", "synthetic"],
};

/** Number of classes of every dataset the command line understands. */
export const numClassesOf: Readonly<Record<(typeof datasetChoice.known)[number], number>> = {
  CIFAR10: 10,
  synthetic: 10,
  slt10: 10,
  imagenet: 100,
};

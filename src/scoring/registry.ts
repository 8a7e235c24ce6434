import type { OpenClassifier } from "./row-classifier.js";

/** Loads a classifier's code when it is opened, so that the registry can be read without the engine. */
const lazy =
  (load: () => Promise<OpenClassifier>): OpenClassifier =>
  async (tables, options) =>
    (await load())(tables, options);

/** Every classifier, in the order of help. The key is the `--cv_model` value. */
const registry = {
  RandomForest: lazy(async () => (await import("./forest/classifier.js")).openRandomForest),
  prf: lazy(async () => (await import("./forest/classifier.js")).openDefaultForest),
  LogisticRegression: lazy(
    async () => (await import("./linear/logistic-regression.js")).openLogisticRegression,
  ),
  LinearSVM: lazy(async () => (await import("./linear/svm.js")).openLinearSvm),
  KernelSVM: lazy(async () => (await import("./kernel-svm/classifier.js")).openKernelSvm),
  MLP: lazy(async () => (await import("./mlp/classifier.js")).openMlp),
  "ml-random-forest": lazy(async () => (await import("./forest/ml-random-forest.js")).openMlRandomForest),
} satisfies Record<string, OpenClassifier>;

/** A value of `--cv_model`. */
export type ClassifierName = keyof typeof registry;
/** Every classifier, by name. */
export const classifiers: Readonly<Record<ClassifierName, OpenClassifier>> = registry;
/** Their names, in the order of help. */
export const classifierNames = Object.keys(classifiers) as readonly ClassifierName[];

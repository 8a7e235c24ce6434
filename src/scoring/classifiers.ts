import { openDefaultForest, openRandomForest } from "./forest/classifier.js";
import { openMlRandomForest } from "./forest/ml-random-forest.js";
import { openKernelSvm } from "./kernel-svm/classifier.js";
import { openLogisticRegression } from "./linear/logistic-regression.js";
import { openLinearSvm } from "./linear/svm.js";
import { openMlp } from "./mlp/classifier.js";
import type { OpenClassifier } from "./row-classifier.js";

/** Every classifier. The key is the `--cv_model` value. */
export const classifiers = {
  RandomForest: openRandomForest,
  prf: openDefaultForest,
  LogisticRegression: openLogisticRegression,
  LinearSVM: openLinearSvm,
  KernelSVM: openKernelSvm,
  MLP: openMlp,
  "ml-random-forest": openMlRandomForest,
} as const satisfies Record<string, OpenClassifier>;
export type CvModel = keyof typeof classifiers;

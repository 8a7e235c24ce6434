import { openMlRandomForest } from "./forest/ml-random-forest-classifier.js";
import { openDefaultForest, openRandomForest } from "./forest/random-forest-classifier.js";
import { openKernelSvm } from "./kernel-svm/kernel-svm-classifier.js";
import { openLinearSvm } from "./linear/linear-svm-classifier.js";
import { openLogisticRegression } from "./linear/logistic-regression-classifier.js";
import type { Matrix } from "./matrix.js";
import { openMlp } from "./mlp/mlp-classifier.js";

/** Rows, by number, and uint8 labels of the same length: 1 suspect, 0 clean. */
export interface LabelledRows {
  /** int32 [count] */
  readonly rows: Int32Array;
  /** uint8 [count], 0 or 1 */
  readonly labels: Uint8Array;
}

/** One training of a classifier, on some rows and columns of the tables it was opened with. */
export interface Fit {
  /** Rows of both labels. */
  readonly train: LabelledRows;
  /** int32 [numPredicted], rows to predict. */
  readonly predictRows: Int32Array;
  /** int32 [numColumns], columns to look at; the same array for fits on the same columns. */
  readonly columns: Int32Array;
  /** Name of the stream of random numbers. */
  readonly seed: string;
}

export interface FitResult {
  /** float64 [numPredicted], P(label 1). */
  readonly probabilities: Float64Array;
  /**
   * How much each column mattered; forests' are of sum 1. Some classifiers have to try it out, which takes its time.
   * To be asked for before the classifier is closed.
   * @param heldOut rows that the fit did not see, to try on
   * @returns float64 [numColumns]
   */
  importances(heldOut: LabelledRows): Promise<Float64Array>;
}

/** A classifier that has taken in the rows and trains on parts of them, as often as asked. */
export interface RowClassifier {
  fit(fit: Fit): Promise<FitResult>;
  /** Frees threads, shared memory and tensors. */
  close(): Promise<void>;
}

export interface ClassifierOptions {
  readonly seed: string;
  readonly threads: number | undefined;
}

/** @param tables stacked on each other: row numbers run through them; all have the same columns */
export type OpenClassifier = (
  tables: readonly Matrix[],
  options: ClassifierOptions,
) => Promise<RowClassifier>;

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

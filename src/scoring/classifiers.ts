import { UserError } from "../errors.js";
import type { Matrix } from "./matrix.js";
import { openMlRandomForest } from "./ml-random-forest-classifier.js";
import { openRandomForest } from "./random-forest-classifier.js";

/** One training of a classifier, on some rows and columns of the tables it was opened with. */
export interface Fit {
  /** int32 [numTrain], row numbers, and uint8 [numTrain], their labels: 1 suspect, 0 clean. */
  readonly trainRows: Int32Array;
  readonly trainLabels: Uint8Array;
  /** int32 [numPredicted], rows to predict. */
  readonly predictRows: Int32Array;
  /** int32 [numColumns], columns to look at. */
  readonly columns: Int32Array;
  /** Name of the stream of random numbers. */
  readonly seed: string;
}

export interface FitResult {
  /** float64 [numPredicted], P(label 1). */
  readonly probabilities: Float64Array;
  /** float64 [numColumns], how much each column mattered; of sum 1 for forests. */
  readonly importances: Float64Array;
}

/** A classifier that has taken in the rows and trains on parts of them, as often as asked. */
export interface RowClassifier {
  fit(fit: Fit): Promise<FitResult>;
  /** Frees threads and shared memory. */
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
  "ml-random-forest": openMlRandomForest,
} as const satisfies Record<string, OpenClassifier>;
export type CvModel = keyof typeof classifiers;

/** Values of `--cv_model` that the method knows and this version does not support yet. */
export const unsupportedCvModels: readonly string[] = [
  "LogisticRegression",
  "LinearSVM",
  "KernelSVM",
  "prf",
  "MLP",
];

/** @throws UserError for a name that is unknown or not supported yet */
export function parseCvModel(name: string): CvModel {
  const hint = `Use one of: ${Object.keys(classifiers).join(", ")}.`;
  if (unsupportedCvModels.includes(name))
    throw new UserError(`--cv_model ${name} is not supported yet.`, hint);
  if (!isCvModel(name)) throw new UserError(`Unknown --cv_model "${name}".`, hint);
  return name;
}

function isCvModel(name: string): name is CvModel {
  return Object.hasOwn(classifiers, name);
}

import type { Matrix } from "./table/matrix.js";

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

/** What one training gave. */
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

/** What every classifier is opened with. */
export interface ClassifierOptions {
  /** Name of the stream of random numbers that opening needs; fits have their own. */
  readonly seed: string;
  /** Default: as many as the machine runs at once. No result depends on it. */
  readonly threads: number | undefined;
}

/**
 * Takes in a table.
 * @param tables at least one, stacked on each other: row numbers run through them; all have the same columns
 * @throws RunError when a value is not finite (but for `ml-random-forest`, which does not look)
 */
export type OpenClassifier = (
  tables: readonly Matrix[],
  options: ClassifierOptions,
) => Promise<RowClassifier>;

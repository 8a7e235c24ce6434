import { checkShape, type Matrix } from "../table/matrix.js";
import { openWorkerPool } from "../workers/pool.js";
import type { BinnedMatrix } from "./binned-matrix.js";
import { binMatrix } from "./binning/bin-matrix.js";
import { fitForest } from "./fit-forest.js";
import type { Tree } from "./tree.js";
import { rawTree, sumRawPredictions } from "./voting/raw-tree.js";

/** How to train a forest. */
export interface ForestOptions {
  /** Default 200. */
  readonly trees?: number;
  /** Default 10; a lone root has depth 0. */
  readonly maxDepth?: number;
  /** Columns tried per split: "sqrt" (default) is floor(sqrt(cols)), at least 1. */
  readonly featuresPerSplit?: "sqrt" | number;
  readonly seed: string | number;
  /** Default: as many as the machine runs at once. The result does not depend on it. */
  readonly threads?: number;
  /** int32, rows to train on; default all. */
  readonly rowSubset?: Int32Array;
  /** Also give each row's vote by the trees that did not draw it. */
  readonly outOfBag?: boolean;
}

/** A trained random forest of binary classification trees. */
export interface Forest {
  /** @returns float64 [matrix.rows], P(label 1) in [0, 1] */
  predict(matrix: Matrix): Float64Array;
  /** float64 [cols], mean decrease in Gini impurity, of sum 1 (all zero when no tree could split). */
  readonly importances: Float64Array;
  /**
   * If asked for: float64 [rows of the training matrix], P(label 1), the mean of the trees that did not draw the row, and
   * so of all trees for a row that was not trained on; NaN where every tree drew it.
   */
  readonly outOfBag?: Float64Array;
}

/** Floor of the square root, at least 1. */
export function sqrtFeatures(cols: number): number {
  return Math.max(1, Math.floor(Math.sqrt(cols)));
}

/**
 * Trains a random forest: bootstrap samples, Gini, a random choice of columns at every split. Columns are cut into
 * at most 256 bins by quantiles first; trees grow in parallel threads.
 * @param matrix float32 [rows, cols], finite
 * @param labels uint8 [rows], 0 or 1
 * @throws RunError when a value is not finite
 */
export async function trainForest(
  matrix: Matrix,
  labels: Uint8Array,
  options: ForestOptions,
): Promise<Forest> {
  checkTrainingSet(matrix, labels);
  const { featuresPerSplit = "sqrt", seed, trees: numTrees = 200, outOfBag = false } = options;
  if (!(numTrees >= 1)) throw new Error(`A forest of ${numTrees} trees.`);
  const allRows = numbersBelow(matrix.rows);
  const trainRows = options.rowSubset ?? allRows;
  const pool = openWorkerPool(options.threads);
  try {
    const binned = await binMatrix([matrix], pool, { seed, trees: numTrees });
    const { trees, importances, probabilities } = await fitForest(pool, binned, {
      train: { rows: trainRows, labels: Uint8Array.from(trainRows, (row) => labels[row]) },
      predictRows: outOfBag ? allRows : new Int32Array(0),
      outOfBag,
      columns: numbersBelow(matrix.cols),
      trees: numTrees,
      maxDepth: options.maxDepth ?? 10,
      featuresPerSplit: featuresPerSplit === "sqrt" ? sqrtFeatures(matrix.cols) : featuresPerSplit,
      seed: String(seed),
    });
    const predict = rawPredictor(trees, binned);
    return outOfBag ? { predict, importances, outOfBag: probabilities } : { predict, importances };
  } finally {
    await pool.close();
  }
}

/** A forest's predictions of raw values, without the matrix that it was grown on. */
function rawPredictor(trees: readonly Tree[], { cols, edges }: BinnedMatrix): Forest["predict"] {
  const rawTrees = trees.map((tree) => rawTree(tree, edges));
  return (raw) => {
    if (raw.cols !== cols) throw new Error(`${raw.cols} columns given, ${cols} trained on.`);
    checkShape(raw, "Matrix to predict");
    return sumRawPredictions(rawTrees, raw).map((sum) => sum / trees.length);
  };
}

function checkTrainingSet(matrix: Matrix, labels: Uint8Array): void {
  checkShape(matrix, "Training matrix");
  if (matrix.rows === 0 || matrix.cols === 0)
    throw new Error(`Nothing to train on: [${matrix.rows}, ${matrix.cols}].`);
  if (labels.length !== matrix.rows) throw new Error(`${labels.length} labels for ${matrix.rows} rows.`);
  if (!labels.every((label) => label <= 1)) throw new Error("Labels must be 0 or 1.");
}

/** int32 [0, 1, ..., count - 1]. */
export function numbersBelow(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, index) => index);
}

import { RandomForestClassifier } from "ml-random-forest";
import { createRng } from "../../random/rng.js";
import type { ClassifierOptions, Fit, FitResult, RowClassifier } from "../row-classifier.js";
import type { Matrix } from "../table/matrix.js";
import { sqrtFeatures } from "./forest.js";

/**
 * `--cv_model ml-random-forest`: the npm package, single-threaded and slow, as a cross-check of ours. It draws
 * sqrt(columns) columns once per tree, not per split, and its importances are computed in its own way.
 */
export async function openMlRandomForest(
  tables: readonly Matrix[],
  _options: ClassifierOptions,
): Promise<RowClassifier> {
  const allRows = tables.flatMap(({ rows, cols, data }) =>
    Array.from({ length: rows }, (_, row) => data.subarray(row * cols, (row + 1) * cols)),
  );
  const select = (rows: Int32Array, columns: Int32Array): number[][] =>
    Array.from(rows, (row) => Array.from(columns, (column) => allRows[row][column]));
  return {
    fit: async (fit) =>
      fitMlForest(fit, select(fit.train.rows, fit.columns), select(fit.predictRows, fit.columns)),
    close: async () => {},
  };
}

function fitMlForest(fit: Fit, trainRows: number[][], predictRows: number[][]): FitResult {
  const forest = new RandomForestClassifier({
    nEstimators: 200,
    maxFeatures: sqrtFeatures(fit.columns.length),
    replacement: false,
    useSampleBagging: true,
    noOOB: true,
    seed: createRng(fit.seed).seed(),
    treeOptions: { gainFunction: "gini", maxDepth: 10, minNumSamples: 1 },
  });
  forest.train(trainRows, Array.from(fit.train.labels));
  const probabilities = new Float64Array(predictRows.length);
  if (predictRows.length > 0) {
    // The trees' votes themselves: the package's predictProbability loses the first tree's.
    const votes = forest.predictionValues(predictRows);
    for (let i = 0; i < probabilities.length; i++) probabilities[i] = mean(votes.getRow(i));
  }
  return { probabilities, importances: async () => finite(importancesOf(forest)) };
}

/** The package's types leave this method out. */
function importancesOf(forest: RandomForestClassifier): number[] {
  return (forest as RandomForestClassifier & { featureImportance(): number[] }).featureImportance();
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The package divides by the sum of gains, also where that is zero. */
function finite(values: readonly number[]): Float64Array {
  return Float64Array.from(values, (value) => (Number.isFinite(value) ? value : 0));
}

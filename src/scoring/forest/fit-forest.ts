import type { LabelledRows } from "../row-classifier.js";
import type { WorkerPool } from "../workers/pool.js";
import { sharedInt32, sharedUint8 } from "../workers/shared-arrays.js";
import { type BinnedMatrix, MAX_TREES_PER_TASK, TREES_PER_SUM } from "./binned-matrix.js";
import type { GrowTask } from "./forest-tasks.js";
import type { Tree } from "./tree.js";

/** What to grow a forest on: some rows and columns of a binned matrix, without copying them. */
export interface ForestFit {
  readonly train: LabelledRows;
  /** int32 [numPredicted], rows to predict. */
  readonly predictRows: Int32Array;
  /** int32 [numColumns], columns that may be split on. */
  readonly columns: Int32Array;
  readonly trees: number;
  readonly maxDepth: number;
  readonly featuresPerSplit: number;
  readonly seed: string;
  /** Also return the trees themselves. */
  readonly returnTrees: boolean;
}

export interface FittedForest {
  /** float64 [numPredicted], P(label 1): the leaves' class frequencies, averaged over trees. */
  readonly probabilities: Float64Array;
  /** float64 [numColumns], mean decrease in Gini impurity, of sum 1 (all zero when no tree could split). */
  readonly importances: Float64Array;
  readonly trees: readonly Tree[];
}

export async function fitForest(
  pool: WorkerPool,
  binned: BinnedMatrix,
  fit: ForestFit,
): Promise<FittedForest> {
  const common = {
    kind: "grow" as const,
    binned,
    trainRows: sharedInt32(fit.train.rows),
    trainLabels: sharedUint8(fit.train.labels),
    predictRows: sharedInt32(fit.predictRows),
    columns: sharedInt32(fit.columns),
    maxDepth: fit.maxDepth,
    featuresPerSplit: fit.featuresPerSplit,
    seed: fit.seed,
    returnTrees: fit.returnTrees,
  };
  const treesPerTask = chooseTreesPerTask(fit.trees, pool.threads);
  const results = await pool.map(Math.ceil(fit.trees / treesPerTask), (index, thread): GrowTask => {
    const firstTree = index * treesPerTask;
    return { ...common, thread, firstTree, endTree: Math.min(fit.trees, firstTree + treesPerTask) };
  });
  // In the order of the trees, so that results do not depend on the number of threads, down to the last bit.
  const sums = results.flatMap((result) => result.sums);
  return {
    probabilities: total(sums.map(({ probabilities }) => probabilities)).map((sum) => sum / fit.trees),
    importances: toSumOne(total(sums.map(({ importances }) => importances))),
    trees: results.flatMap(({ trees }) => trees),
  };
}

/** As many as may be, as long as every thread has some. */
function chooseTreesPerTask(trees: number, threads: number): number {
  const share = Math.floor(trees / threads / TREES_PER_SUM) * TREES_PER_SUM;
  return Math.min(MAX_TREES_PER_TASK, Math.max(TREES_PER_SUM, share));
}

/** @param parts at least one, all of the same length */
function total(parts: readonly Float64Array[]): Float64Array {
  const sums = new Float64Array(parts[0].length);
  for (const part of parts) for (let i = 0; i < sums.length; i++) sums[i] += part[i];
  return sums;
}

function toSumOne(values: Float64Array): Float64Array {
  const sum = values.reduce((partial, value) => partial + value, 0);
  return sum > 0 ? values.map((value) => value / sum) : values;
}

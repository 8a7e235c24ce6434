import type { LabelledRows } from "../row-classifier.js";
import type { WorkerPool } from "../workers/pool.js";
import { sharedInt32, sharedUint8 } from "../workers/shared-arrays.js";
import type { BinnedMatrix } from "./binned-matrix.js";
import type { GrowResult, GrowTask } from "./growing/grow-task.js";
import type { GrowthOptions } from "./growing/grow-trees.js";
import { planGrowth } from "./growing/growth-plan.js";
import { meanImportances } from "./importances.js";
import type { GrownTree } from "./tree.js";
import { packTrees } from "./voting/packed-trees.js";
import type { VoteTask } from "./voting/vote-task.js";

/** What to grow a forest on: some rows and columns of a binned matrix, without copying them. */
export interface ForestFit extends GrowthOptions {
  readonly train: LabelledRows;
  /** int32 [numPredicted], rows to predict. */
  readonly predictRows: Int32Array;
  /** int32 [numColumns], columns that may be split on. */
  readonly columns: Int32Array;
  readonly trees: number;
  readonly seed: string;
  /** Predict each row only by the trees that did not draw it. */
  readonly outOfBag?: boolean;
}

/** A forest and what it says. */
export interface FittedForest {
  /**
   * float64 [numPredicted], P(label 1): the leaves' class frequencies, averaged over trees. Out of bag it is NaN where
   * every tree drew the row.
   */
  readonly probabilities: Float64Array;
  /** float64 [numColumns], mean decrease in Gini impurity, of sum 1 (all zero when no tree could split). */
  readonly importances: Float64Array;
  readonly trees: readonly GrownTree[];
}

/** Grows a forest on all threads, then asks it about rows on all threads. The threads do not change the result by a bit. */
export async function fitForest(
  pool: WorkerPool,
  binned: BinnedMatrix,
  fit: ForestFit,
): Promise<FittedForest> {
  const { trees, drawn } = await grow(pool, binned, fit);
  return {
    probabilities: await vote(pool, binned, fit.predictRows, trees, fit.outOfBag ? drawn : undefined),
    importances: meanImportances(trees, fit.columns),
    trees,
  };
}

async function grow(pool: WorkerPool, binned: BinnedMatrix, fit: ForestFit): Promise<GrowResult> {
  const { maxDepth, featuresPerSplit, seed, outOfBag = false } = fit;
  const common = {
    ...{ kind: "grow" as const, binned, maxDepth, featuresPerSplit, seed, returnDrawn: outOfBag },
    trainRows: sharedInt32(fit.train.rows),
    trainLabels: sharedUint8(fit.train.labels),
    columns: sharedInt32(fit.columns),
  };
  const { threads, mostTogether } = binned.plan.growing;
  const sizes = planGrowth(fit.trees, threads, mostTogether);
  const treesBefore = (task: number): number => sizes.slice(0, task).reduce((sum, size) => sum + size, 0);
  const makeTask = (index: number, thread: number): GrowTask => ({
    ...{ ...common, thread },
    firstTree: treesBefore(index),
    endTree: treesBefore(index + 1),
  });
  const results = await pool.map(sizes.length, makeTask, threads);
  return {
    trees: results.flatMap(({ trees }) => trees),
    drawn: results.flatMap(({ drawn }) => drawn),
  };
}

/** Rows that are worth a task. */
const ROWS_PER_VOTE = 256;

async function vote(
  pool: WorkerPool,
  binned: BinnedMatrix,
  predictRows: Int32Array,
  trees: readonly GrownTree[],
  drawn: readonly Uint8Array[] | undefined,
): Promise<Float64Array> {
  const count = Math.min(pool.threads, Math.ceil(predictRows.length / ROWS_PER_VOTE));
  const boundary = (part: number): number => Math.floor((part * predictRows.length) / count);
  const common = {
    ...{ kind: "vote" as const, binned },
    trees: packTrees(trees),
    rows: sharedInt32(predictRows),
    drawn: drawn && sharedUint8(joined(drawn)),
  };
  const makeTask = (index: number): VoteTask => ({
    ...common,
    first: boundary(index),
    end: boundary(index + 1),
  });
  const votes = new Float64Array(predictRows.length);
  for (const [part, some] of (await pool.map(count, makeTask)).entries()) votes.set(some, boundary(part));
  return votes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [{ length }] = parts;
  const all = new Uint8Array(parts.length * length);
  for (const [i, part] of parts.entries()) all.set(part, i * length);
  return all;
}

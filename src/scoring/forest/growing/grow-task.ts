import { fastIntegers } from "../../../random/fast-random.js";
import { createRng } from "../../../random/rng.js";
import { type BinnedMatrix, growingScratch } from "../binned-matrix.js";
import { ScratchPieces } from "../kernel/scratch.js";
import type { GrownTree } from "../tree.js";
import { bootstrap } from "./bootstrap.js";
import { type GrowthOptions, growTrees, type Seedling } from "./grow-trees.js";
import { drawnRows } from "./tree-entries.js";

/** Grow trees number `firstTree` up to `endTree` of a forest. */
export interface GrowTask extends GrowthOptions {
  readonly kind: "grow";
  readonly binned: BinnedMatrix;
  /** int32 [numTrain], rows to train on, and uint8 [numTrain], their labels. */
  readonly trainRows: Int32Array<SharedArrayBuffer>;
  readonly trainLabels: Uint8Array<SharedArrayBuffer>;
  /** int32 [numColumns], columns that may be split on. */
  readonly columns: Int32Array<SharedArrayBuffer>;
  readonly seed: string;
  readonly firstTree: number;
  readonly endTree: number;
  /** Whose working memory to use. */
  readonly thread: number;
  /** Also say which rows each tree drew. */
  readonly returnDrawn: boolean;
}

/** Trees in their order. */
export interface GrowResult {
  readonly trees: readonly GrownTree[];
  /** Of each tree its `drawnRows`; empty unless asked for. */
  readonly drawn: readonly Uint8Array[];
}

/** Each tree draws from its own stream, `{seed}/tree-{number}`, so it does not matter which thread grows it. */
export function runGrowTask(task: GrowTask): GrowResult {
  const { binned, firstTree, endTree, trainRows, trainLabels } = task;
  const rng = createRng(task.seed);
  const scratch = new ScratchPieces(growingScratch(binned, task.thread));
  const seedlings = Array.from({ length: endTree - firstTree }, (_, k): Seedling => {
    const draw = fastIntegers(rng.fork(`tree-${firstTree + k}`).seed());
    const rows = bootstrap(trainRows, trainLabels, draw, scratch);
    return { ...rows, columns: new Int32Array(task.columns), draw };
  });
  const trees = growTrees(binned, seedlings, task, scratch);
  const drawn = task.returnDrawn ? seedlings.map(({ entries }) => drawnRows(entries, binned.rows)) : [];
  return { trees, drawn };
}

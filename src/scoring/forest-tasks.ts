import { type DrawInt, fastIntegers } from "../random/fast-random.js";
import { createRng } from "../random/rng.js";
import { type BinnedMatrix, COLUMNS_PER_TASK, EDGES_PER_COLUMN, scratchOf } from "./binned-matrix.js";
import { quantileEdges } from "./binning.js";
import { BinAssigner } from "./kernel/bin-assigner.js";
import { ScratchPieces } from "./kernel/scratch.js";
import { type GrowthOptions, growTrees, type Seedling, type Tree } from "./tree.js";
import { addBinnedPredictions } from "./tree-prediction.js";
import type { TreeRows } from "./tree-rows.js";

/** Bin a few columns of the matrix into the shared `binned`. */
export interface BinTask {
  readonly kind: "bin";
  readonly binned: BinnedMatrix;
  readonly firstColumn: number;
  readonly numColumns: number;
  /** In whose working memory the raw columns lie first, float32 [COLUMNS_PER_TASK, numRows]. */
  readonly thread: number;
  /** int32, ascending: the rows the edges are taken from. */
  readonly edgeRows: Int32Array<SharedArrayBuffer>;
}

export interface BinResult {
  /** A column that holds NaN or an infinity, if there is one. */
  readonly nonFiniteColumn: number | undefined;
}

/** Grow trees number `firstTree` up to `endTree` of a forest. */
export interface GrowTask extends GrowthOptions {
  readonly kind: "grow";
  readonly binned: BinnedMatrix;
  /** int32 [numTrain], rows to train on, and uint8 [numTrain], their labels. */
  readonly trainRows: Int32Array<SharedArrayBuffer>;
  readonly trainLabels: Uint8Array<SharedArrayBuffer>;
  /** int32 [numColumns], columns that may be split on. */
  readonly columns: Int32Array<SharedArrayBuffer>;
  /** int32 [numPredicted], rows to predict. */
  readonly predictRows: Int32Array<SharedArrayBuffer>;
  readonly seed: string;
  readonly firstTree: number;
  readonly endTree: number;
  /** Whose working memory to use. */
  readonly thread: number;
  readonly returnTrees: boolean;
}

export interface GrowResult {
  /** float64 [numPredicted], P(label 1) summed over these trees. */
  readonly probabilitySums: Float64Array;
  /** float64 [numColumns], each tree's importances (of sum 1) summed over these trees. */
  readonly importanceSums: Float64Array;
  /** Empty unless asked for. */
  readonly trees: readonly Tree[];
}

export function runBinTask(task: BinTask): BinResult {
  const { binned, edgeRows } = task;
  const scratch = new ScratchPieces(scratchOf(binned, task.thread));
  const values = scratch.float32(binned.rows * COLUMNS_PER_TASK);
  const assigner = new BinAssigner(binned, scratch);
  const sample = new Float32Array(edgeRows.length);
  for (let k = 0; k < task.numColumns; k++) {
    const column = task.firstColumn + k;
    const raw = values.subarray(k * binned.rows, (k + 1) * binned.rows);
    for (let i = 0; i < edgeRows.length; i++) sample[i] = raw[edgeRows[i]];
    const edges = quantileEdges(sample.sort());
    binned.edges.set(edges, column * EDGES_PER_COLUMN);
    if (!assigner.assign(column, raw, edges)) return { nonFiniteColumn: column };
  }
  return { nonFiniteColumn: undefined };
}

/** Each tree draws from its own stream, `{seed}/tree-{number}`, so it does not matter which thread grows it. */
export function runGrowTask(task: GrowTask): GrowResult {
  const { binned, predictRows, seed } = task;
  const probabilitySums = new Float64Array(predictRows.length);
  const importanceSums = new Float64Array(task.columns.length);
  const placeOfColumn = new Int32Array(binned.cols);
  task.columns.forEach((column, place) => {
    placeOfColumn[column] = place;
  });
  const scratch = new ScratchPieces(scratchOf(binned, task.thread));
  const decreases: Float64Array[] = [];
  const seedlings = Array.from({ length: task.endTree - task.firstTree }, (_, k): Seedling => {
    const draw = fastIntegers(
      createRng(seed)
        .fork(`tree-${task.firstTree + k}`)
        .seed(),
    );
    const { rows, numNegatives } = bootstrap(task.trainRows, task.trainLabels, draw, scratch);
    const own = new Float64Array(task.columns.length);
    decreases.push(own);
    const onSplit = (column: number, decrease: number): void => {
      own[placeOfColumn[column]] += decrease;
    };
    return { rows, numNegatives, columns: Int32Array.from(task.columns), draw, onSplit };
  });
  const trees = growTrees(binned, seedlings, task, scratch);
  for (const own of decreases) {
    const total = own.reduce((sum, decrease) => sum + decrease, 0);
    if (total > 0) for (let i = 0; i < own.length; i++) importanceSums[i] += own[i] / total;
  }
  for (const tree of trees) addBinnedPredictions(tree, binned, predictRows, probabilitySums);
  return { probabilitySums, importanceSums, trees: task.returnTrees ? trees : [] };
}

/**
 * Draws as many rows as there are, with replacement; a row drawn w times appears once, with weight w.
 * @returns the rows with label 0, in order, then those with label 1
 */
function bootstrap(trainRows: Int32Array, trainLabels: Uint8Array, draw: DrawInt, scratch: ScratchPieces) {
  const numTrain = trainRows.length;
  const counts = new Int32Array(numTrain);
  let numDrawn = 0;
  for (let i = 0; i < numTrain; i++) if (counts[draw(numTrain)]++ === 0) numDrawn++;
  const rows: TreeRows = { rows: scratch.int32(numDrawn), weights: scratch.int32(numDrawn) };
  let write = 0;
  const append = (label: number): number => {
    for (let i = 0; i < numTrain; i++) {
      if (counts[i] === 0 || trainLabels[i] !== label) continue;
      rows.rows[write] = trainRows[i];
      rows.weights[write++] = counts[i];
    }
    return write;
  };
  const numNegatives = append(0);
  append(1);
  return { rows, numNegatives };
}

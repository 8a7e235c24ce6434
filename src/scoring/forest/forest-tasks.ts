import { type DrawInt, fastIntegers } from "../../random/fast-random.js";
import { createRng } from "../../random/rng.js";
import {
  type BinnedMatrix,
  COLUMNS_PER_TASK,
  COLUMNS_TURNED,
  EDGES_PER_COLUMN,
  scratchOf,
  TREES_PER_SUM,
} from "./binned-matrix.js";
import { quantileEdges } from "./binning.js";
import { BinAssigner } from "./kernel/bin-assigner.js";
import { forestKernel } from "./kernel/forest-kernel.js";
import { SampleSorter } from "./kernel/sample-sorter.js";
import { ScratchPieces } from "./kernel/scratch.js";
import { type GrowthOptions, growTrees, type Seedling, type Tree } from "./tree.js";
import { treeEntry } from "./tree-entries.js";
import { addBinnedPredictions } from "./tree-prediction.js";

/** Bin a few columns of the matrix into the shared `binned`. */
export interface BinTask {
  readonly kind: "bin";
  readonly binned: BinnedMatrix;
  readonly firstColumn: number;
  readonly numColumns: number;
  /** Number of the raw block they lie in. */
  readonly block: number;
  /** Whose working memory to use. */
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
  /** Of each TREES_PER_SUM trees, in their order. */
  readonly sums: readonly TreeSums[];
  /** Empty unless asked for. */
  readonly trees: readonly Tree[];
}

/** What a few trees say, added up. */
interface TreeSums {
  /** float64 [numPredicted], P(label 1). */
  readonly probabilities: Float64Array;
  /** float64 [numColumns], each tree's importances (of sum 1). */
  readonly importances: Float64Array;
}

export function runBinTask(task: BinTask): BinResult {
  const { binned, edgeRows } = task;
  const scratch = new ScratchPieces(scratchOf(binned, task.thread));
  const turned = scratch.float32(binned.rows * COLUMNS_TURNED);
  const kernel = forestKernel(binned.memory);
  const assigner = new BinAssigner(binned, scratch);
  const sample = new SampleSorter(binned.memory, scratch, edgeRows);
  for (let k = 0; k < task.numColumns; k++) {
    const place = k % COLUMNS_TURNED;
    if (place === 0) {
      const from = binned.rawBlocks[task.block].byteOffset + 4 * k;
      kernel.transpose(from, 4 * COLUMNS_PER_TASK, turned.byteOffset, binned.rows, COLUMNS_TURNED);
    }
    const column = task.firstColumn + k;
    const raw = turned.subarray(place * binned.rows, (place + 1) * binned.rows);
    const edges = quantileEdges(sample.sort(raw));
    binned.edges.set(edges, column * EDGES_PER_COLUMN);
    if (!assigner.assign(column, raw, edges)) return { nonFiniteColumn: column };
  }
  return { nonFiniteColumn: undefined };
}

/** Each tree draws from its own stream, `{seed}/tree-{number}`, so it does not matter which thread grows it. */
export function runGrowTask(task: GrowTask): GrowResult {
  const { binned, seed } = task;
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
    const own = new Float64Array(task.columns.length);
    decreases.push(own);
    const onSplit = (column: number, decrease: number): void => {
      own[placeOfColumn[column]] += decrease;
    };
    const bootstrapped = bootstrap(task.trainRows, task.trainLabels, draw, scratch);
    return { ...bootstrapped, columns: new Int32Array(task.columns), draw, onSplit };
  });
  const trees = growTrees(binned, seedlings, task, scratch);
  const sums: TreeSums[] = [];
  for (let first = 0; first < trees.length; first += TREES_PER_SUM) {
    const end = first + TREES_PER_SUM;
    const probabilities = new Float64Array(task.predictRows.length);
    for (const tree of trees.slice(first, end)) {
      addBinnedPredictions(tree, binned, task.predictRows, probabilities);
    }
    sums.push({ probabilities, importances: importancesOf(decreases.slice(first, end)) });
  }
  return { sums, trees: task.returnTrees ? trees : [] };
}

/** @param decreases of each tree, float64 [numColumns] */
function importancesOf(decreases: readonly Float64Array[]): Float64Array {
  const importances = new Float64Array(decreases[0].length);
  for (const own of decreases) {
    const total = own.reduce((sum, decrease) => sum + decrease, 0);
    if (total > 0) for (let i = 0; i < own.length; i++) importances[i] += own[i] / total;
  }
  return importances;
}

/**
 * Draws as many rows as there are, with replacement; a row drawn w times appears once, with weight w.
 * @returns entries of the rows with label 0, in order, then of those with label 1
 */
function bootstrap(trainRows: Int32Array, trainLabels: Uint8Array, draw: DrawInt, scratch: ScratchPieces) {
  const numTrain = trainRows.length;
  const counts = new Int32Array(numTrain);
  let numDrawn = 0;
  for (let i = 0; i < numTrain; i++) if (counts[draw(numTrain)]++ === 0) numDrawn++;
  const entries = scratch.uint32(numDrawn);
  let write = 0;
  const append = (label: number): number => {
    for (let i = 0; i < numTrain; i++) {
      if (counts[i] === 0 || trainLabels[i] !== label) continue;
      entries[write++] = treeEntry(trainRows[i], counts[i]);
    }
    return write;
  };
  const numNegatives = append(0);
  append(1);
  return { entries, numNegatives };
}

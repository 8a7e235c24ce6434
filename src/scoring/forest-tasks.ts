import { type DrawInt, fastIntegers } from "../random/fast-random.js";
import { createRng } from "../random/rng.js";
import type { TreeRows } from "./best-split.js";
import { assignBins, type BinnedMatrix, EDGES_PER_COLUMN, quantileEdges } from "./binning.js";
import { type GrowthOptions, growTree, type Tree } from "./tree.js";
import { addBinnedPredictions } from "./tree-prediction.js";

/** Bin a few columns of the matrix into the shared `binned`. */
export interface BinTask {
  readonly kind: "bin";
  readonly binned: BinnedMatrix;
  readonly firstColumn: number;
  readonly numColumns: number;
  /** float32 [>= numColumns, numRows], the raw columns one after the other. */
  readonly values: Float32Array<SharedArrayBuffer>;
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
  const { binned, values, edgeRows } = task;
  const sample = new Float32Array(edgeRows.length);
  for (let k = 0; k < task.numColumns; k++) {
    const column = task.firstColumn + k;
    const raw = values.subarray(k * binned.rows, (k + 1) * binned.rows);
    if (!allFinite(raw)) return { nonFiniteColumn: column };
    for (let i = 0; i < edgeRows.length; i++) sample[i] = raw[edgeRows[i]];
    const edges = quantileEdges(sample.sort());
    binned.edges.set(edges, column * EDGES_PER_COLUMN);
    assignBins(raw, edges, binned.codes.subarray(column * binned.rows, (column + 1) * binned.rows));
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
  const trees: Tree[] = [];
  for (let number = task.firstTree; number < task.endTree; number++) {
    const draw = fastIntegers(createRng(seed).fork(`tree-${number}`).seed());
    const { tree: rows, numNegatives } = bootstrap(task.trainRows, task.trainLabels, draw);
    const decreases = new Float64Array(task.columns.length);
    let total = 0;
    const onSplit = (column: number, decrease: number): void => {
      decreases[placeOfColumn[column]] += decrease;
      total += decrease;
    };
    const columns = Int32Array.from(task.columns);
    const tree = growTree(binned, rows, numNegatives, columns, task, draw, onSplit);
    if (total > 0) for (let i = 0; i < decreases.length; i++) importanceSums[i] += decreases[i] / total;
    addBinnedPredictions(tree, binned, predictRows, probabilitySums);
    if (task.returnTrees) trees.push(tree);
  }
  return { probabilitySums, importanceSums, trees };
}

/**
 * Draws as many rows as there are, with replacement; a row drawn w times appears once, with weight w.
 * @returns the rows with label 0, in order, then those with label 1
 */
function bootstrap(trainRows: Int32Array, trainLabels: Uint8Array, draw: DrawInt) {
  const numTrain = trainRows.length;
  const counts = new Int32Array(numTrain);
  let numDrawn = 0;
  for (let i = 0; i < numTrain; i++) if (counts[draw(numTrain)]++ === 0) numDrawn++;
  const tree: TreeRows = { rows: new Int32Array(numDrawn), weights: new Int32Array(numDrawn) };
  let write = 0;
  const append = (label: number): number => {
    for (let i = 0; i < numTrain; i++) {
      if (counts[i] === 0 || trainLabels[i] !== label) continue;
      tree.rows[write] = trainRows[i];
      tree.weights[write++] = counts[i];
    }
    return write;
  };
  const numNegatives = append(0);
  append(1);
  return { tree, numNegatives };
}

function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] - values[i] !== 0) return false;
  return true;
}

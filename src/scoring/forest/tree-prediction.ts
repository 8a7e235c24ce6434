import type { Matrix } from "../table/matrix.js";
import type { BinnedColumns } from "./binned-columns.js";
import { EDGES_PER_COLUMN } from "./binned-matrix.js";
import type { Tree } from "./tree.js";

/**
 * Adds one tree's P(label 1) of some rows of the binned matrix it was grown on.
 * @param rows int32 [numPredicted], row numbers
 * @param sums float64 [numPredicted], added to
 */
export function addBinnedPredictions(
  tree: Tree,
  matrix: BinnedColumns,
  rows: Int32Array,
  sums: Float64Array,
): void {
  const { column, splitBin, left, probability } = tree;
  const { codes, rows: numRows } = matrix;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    let node = 0;
    while (column[node] >= 0) {
      node = left[node] + (codes[column[node] * numRows + row] > splitBin[node] ? 1 : 0);
    }
    sums[i] += probability[node];
  }
}

/** A tree that reads raw values: those <= `threshold` go to `left`, the others to `left + 1`. */
export interface RawTree extends Omit<Tree, "splitBin"> {
  /** float32 [numNodes] */
  readonly threshold: Float32Array;
}

/** @param edges float32 [cols, 255] of the binned matrix the tree was grown on */
export function rawTree({ column, splitBin, left, probability }: Tree, edges: Float32Array): RawTree {
  const threshold = Float32Array.from(column, (one, node) => edges[one * EDGES_PER_COLUMN + splitBin[node]]);
  return { column, threshold, left, probability };
}

/** Rows that go through a tree together: their values stay in the cache, as the tree does. */
const ROWS_TOGETHER = 16;

/** @returns float64 [matrix.rows], the trees' P(label 1) of raw rows, added up */
export function sumRawPredictions(trees: readonly RawTree[], matrix: Matrix): Float64Array {
  const sums = new Float64Array(matrix.rows);
  for (let first = 0; first < matrix.rows; first += ROWS_TOGETHER) {
    const end = Math.min(matrix.rows, first + ROWS_TOGETHER);
    for (const tree of trees) addRawPredictions(tree, matrix, first, end, sums);
  }
  return sums;
}

function addRawPredictions(
  { column, threshold, left, probability }: RawTree,
  { cols, data }: Matrix,
  first: number,
  end: number,
  sums: Float64Array,
): void {
  for (let row = first; row < end; row++) {
    let node = 0;
    while (column[node] >= 0) {
      node = left[node] + (data[row * cols + column[node]] <= threshold[node] ? 0 : 1);
    }
    sums[row] += probability[node];
  }
}

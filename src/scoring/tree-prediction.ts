import { type BinnedColumns, EDGES_PER_COLUMN } from "./binned-matrix.js";
import type { Matrix } from "./matrix.js";
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

/**
 * Adds one tree's P(label 1) of raw rows.
 * @param edges float32 [cols, 255] of the binned matrix the tree was grown on
 * @param sums float64 [matrix.rows], added to
 */
export function addRawPredictions(tree: Tree, edges: Float32Array, matrix: Matrix, sums: Float64Array): void {
  const { column, splitBin, left, probability } = tree;
  const { rows, cols, data } = matrix;
  for (let row = 0; row < rows; row++) {
    let node = 0;
    while (column[node] >= 0) {
      const threshold = edges[column[node] * EDGES_PER_COLUMN + splitBin[node]];
      node = left[node] + (data[row * cols + column[node]] <= threshold ? 0 : 1);
    }
    sums[row] += probability[node];
  }
}

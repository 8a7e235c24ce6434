import type { Matrix } from "../../table/matrix.js";
import { EDGES_PER_COLUMN } from "../binned-matrix.js";
import type { Tree } from "../tree.js";

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

import type { BinnedColumns } from "../binned-columns.js";
import { sumOverTrees } from "../sum-over-trees.js";
import type { Tree } from "../tree.js";

/**
 * What a forest says of rows of the matrix it was grown on.
 * @param rows int32 [numRows], row numbers
 * @returns float64 [numRows], P(label 1), the mean of all trees'
 */
export function meanVotes(trees: readonly Tree[], matrix: BinnedColumns, rows: Int32Array): Float64Array {
  const sums = sumOverTrees(trees, rows.length, (tree, partial) => {
    const { probability } = tree;
    const leafOf = leaves(tree, matrix);
    for (let i = 0; i < rows.length; i++) partial[i] += probability[leafOf(rows[i])];
  });
  return sums.map((sum) => sum / trees.length);
}

/**
 * What those trees say of a row that have not seen it: an honest prediction of every row without holding any out.
 * @param rows int32 [numRows], row numbers
 * @param drawn of each tree its `drawnRows`
 * @returns float64 [numRows], P(label 1), the mean of the trees that did not draw the row; NaN where all of them did
 */
export function outOfBagVotes(
  trees: readonly Tree[],
  matrix: BinnedColumns,
  rows: Int32Array,
  drawn: readonly Uint8Array[],
): Float64Array {
  const sums = new Float64Array(rows.length);
  const counts = new Int32Array(rows.length);
  for (const [t, tree] of trees.entries()) {
    const { probability } = tree;
    const leafOf = leaves(tree, matrix);
    const bits = drawn[t];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if ((bits[row >> 3] >> (row & 7)) & 1) continue;
      sums[i] += probability[leafOf(row)];
      counts[i]++;
    }
  }
  return sums.map((sum, i) => sum / counts[i]);
}

/** In which of the tree's nodes a row of the matrix ends. */
function leaves({ column, splitBin, left }: Tree, { codes, rows }: BinnedColumns): (row: number) => number {
  return (row) => {
    let node = 0;
    while (column[node] >= 0) {
      node = left[node] + (codes[column[node] * rows + row] > splitBin[node] ? 1 : 0);
    }
    return node;
  };
}

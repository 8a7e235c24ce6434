import { sumOverTrees } from "./sum-over-trees.js";
import type { GrownTree } from "./tree.js";

/**
 * Mean decrease in Gini impurity: every tree's, of sum 1, averaged.
 * @param columns int32 [numColumns], those that might be split on
 * @returns float64 [numColumns], of sum 1 (all zero when no tree could split)
 */
export function meanImportances(trees: readonly GrownTree[], columns: Int32Array): Float64Array {
  const placeOf = new Int32Array(columns.reduce((most, column) => Math.max(most, column), 0) + 1);
  for (const [place, column] of columns.entries()) placeOf[column] = place;
  const own = new Float64Array(columns.length);
  const sums = sumOverTrees(trees, columns.length, (tree, partial) => {
    const { column, decrease } = tree;
    own.fill(0);
    for (let node = 0; node < column.length; node++) {
      if (column[node] >= 0) own[placeOf[column[node]]] += decrease[node];
    }
    const total = sumOf(own);
    if (total > 0) for (let i = 0; i < own.length; i++) partial[i] += own[i] / total;
  });
  const sum = sumOf(sums);
  return sum > 0 ? sums.map((value) => value / sum) : sums;
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

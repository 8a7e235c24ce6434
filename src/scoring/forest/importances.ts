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
  const sums = sumOverTrees(trees, columns.length, (tree, partial) => addImportances(tree, placeOf, partial));
  const sum = sums.reduce((partial, value) => partial + value, 0);
  return sum > 0 ? sums.map((value) => value / sum) : sums;
}

/** Adds the decreases of one tree's columns, brought to sum 1; a tree knows few of many columns. */
function addImportances({ column, decrease }: GrownTree, placeOf: Int32Array, sums: Float64Array): void {
  const decreases = new Map<number, number>();
  for (let node = 0; node < column.length; node++) {
    if (column[node] < 0) continue;
    const place = placeOf[column[node]];
    decreases.set(place, (decreases.get(place) ?? 0) + decrease[node]);
  }
  const inOrder = [...decreases].sort(([a], [b]) => a - b);
  const total = inOrder.reduce((sum, [, value]) => sum + value, 0);
  if (total > 0) for (const [place, value] of inOrder) sums[place] += value / total;
}

import type { Split } from "./best-split.js";
import type { BinnedColumns } from "./binned-matrix.js";

/** The rows of a tree, reordered in place so that every node is one run of positions, label 0 before label 1. */
export interface TreeRows {
  /** int32 [numPositions], row numbers in the binned matrix. */
  readonly rows: Int32Array;
  /** int32 [numPositions], how often the bootstrap drew the row, >= 1. */
  readonly weights: Int32Array;
}

/** A run of positions and its totals. */
export interface NodeRange {
  readonly start: number;
  /** Position of the first row with label 1. */
  readonly firstPositive: number;
  readonly end: number;
  /** Bootstrap weight of all rows, and of the rows with label 1. */
  readonly weight: number;
  readonly positives: number;
}

/** The range of a root. @param numNegatives how many rows have label 0: the first ones, the others have label 1 */
export function wholeRange({ weights }: TreeRows, numNegatives: number): NodeRange {
  const sum = (values: Int32Array): number => values.reduce((total, value) => total + value, 0);
  const positives = sum(weights.subarray(numNegatives));
  const weight = positives + sum(weights.subarray(0, numNegatives));
  return { start: 0, firstPositive: numNegatives, end: weights.length, weight, positives };
}

/**
 * Moves the left child's rows to the front, keeping the order within each child, and so label 0 before label 1.
 * @param spare as long as the tree's rows, overwritten
 */
export function partition(
  matrix: BinnedColumns,
  split: Split,
  tree: TreeRows,
  spare: TreeRows,
  range: NodeRange,
): [NodeRange, NodeRange] {
  const { rows, weights } = tree;
  const { codes } = matrix;
  const { start, firstPositive, end } = range;
  const { bin, leftWeight, leftPositives } = split;
  const offset = split.column * matrix.rows;
  let middle = start;
  let numMoved = 0;
  let leftFirstPositive = start;
  let movedNegatives = 0;
  for (let i = start; i < end; i++) {
    if (i === firstPositive) {
      leftFirstPositive = middle;
      movedNegatives = numMoved;
    }
    const row = rows[i];
    const weight = weights[i];
    if (codes[offset + row] <= bin) {
      rows[middle] = row;
      weights[middle++] = weight;
    } else {
      spare.rows[numMoved] = row;
      spare.weights[numMoved++] = weight;
    }
  }
  rows.set(spare.rows.subarray(0, numMoved), middle);
  weights.set(spare.weights.subarray(0, numMoved), middle);
  const rightFirstPositive = middle + movedNegatives;
  const rightWeight = range.weight - leftWeight;
  const rightPositives = range.positives - leftPositives;
  return [
    { start, firstPositive: leftFirstPositive, end: middle, weight: leftWeight, positives: leftPositives },
    { start: middle, firstPositive: rightFirstPositive, end, weight: rightWeight, positives: rightPositives },
  ];
}

import type { DrawInt } from "../random/fast-random.js";
import { findBestSplit, type NodeRange, type Split, type TreeRows } from "./best-split.js";
import type { BinnedColumns } from "./binning.js";
import { NodeHistograms } from "./node-histograms.js";

/** A binary tree, node 0 its root. Rows with bin <= `splitBin` go to `left`, the others to `left + 1`. */
export interface Tree {
  /** int32 [numNodes], column of the split; -1 in a leaf. */
  readonly column: Int32Array;
  /** uint8 [numNodes] */
  readonly splitBin: Uint8Array;
  /** int32 [numNodes] */
  readonly left: Int32Array;
  /** float64 [numNodes], share of label 1 among the node's training rows. */
  readonly probability: Float64Array;
}

export interface GrowthOptions {
  readonly maxDepth: number;
  /** Columns tried per split, >= 1. */
  readonly featuresPerSplit: number;
}

interface PendingNode {
  readonly id: number;
  readonly depth: number;
  readonly range: NodeRange;
}

/**
 * Grows one classification tree, depth first, until nodes are pure, too deep or cannot be divided.
 * @param tree the rows in use; reordered in place
 * @param numNegatives how many of them have label 0: the first ones, the others have label 1
 * @param columns int32 [numCandidates], columns that may be split on; reordered in place
 * @param onSplit called with each split's column and its weighted decrease of Gini impurity
 */
export function growTree(
  matrix: BinnedColumns,
  tree: TreeRows,
  numNegatives: number,
  columns: Int32Array,
  options: GrowthOptions,
  draw: DrawInt,
  onSplit: (column: number, decrease: number) => void,
): Tree {
  const histograms = new NodeHistograms(matrix, tree);
  const moved: TreeRows = {
    rows: new Int32Array(tree.rows.length),
    weights: new Int32Array(tree.rows.length),
  };
  const column: number[] = [];
  const splitBin: number[] = [];
  const left: number[] = [];
  const probability: number[] = [];
  const pending: PendingNode[] = [];
  const addNode = (range: NodeRange, depth: number): number => {
    const id = column.push(-1) - 1;
    splitBin.push(0);
    left.push(-1);
    probability.push(range.positives / range.weight);
    const pure = range.firstPositive === range.start || range.firstPositive === range.end;
    if (!pure && depth < options.maxDepth) pending.push({ id, depth, range });
    return id;
  };
  addNode(wholeRange(tree, numNegatives), 0);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const { id, depth, range } = node;
    const split = findBestSplit(histograms, range, columns, options.featuresPerSplit, draw);
    if (split === undefined) continue;
    onSplit(split.column, (2 * split.score) / range.weight);
    const [leftRange, rightRange] = partition(matrix, split, tree, moved, range);
    column[id] = split.column;
    splitBin[id] = split.bin;
    left[id] = addNode(leftRange, depth + 1);
    addNode(rightRange, depth + 1);
  }
  return {
    column: Int32Array.from(column),
    splitBin: Uint8Array.from(splitBin),
    left: Int32Array.from(left),
    probability: Float64Array.from(probability),
  };
}

function wholeRange({ weights }: TreeRows, numNegatives: number): NodeRange {
  const sum = (values: Int32Array): number => values.reduce((total, value) => total + value, 0);
  const positives = sum(weights.subarray(numNegatives));
  const weight = positives + sum(weights.subarray(0, numNegatives));
  return { start: 0, firstPositive: numNegatives, end: weights.length, weight, positives };
}

/** Moves the left child's rows to the front, keeping the order within each child, and so label 0 before label 1. */
function partition(
  matrix: BinnedColumns,
  split: Split,
  tree: TreeRows,
  moved: TreeRows,
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
      moved.rows[numMoved] = row;
      moved.weights[numMoved++] = weight;
    }
  }
  rows.set(moved.rows.subarray(0, numMoved), middle);
  weights.set(moved.weights.subarray(0, numMoved), middle);
  const rightFirstPositive = middle + movedNegatives;
  const rightWeight = range.weight - leftWeight;
  const rightPositives = range.positives - leftPositives;
  return [
    { start, firstPositive: leftFirstPositive, end: middle, weight: leftWeight, positives: leftPositives },
    { start: middle, firstPositive: rightFirstPositive, end, weight: rightWeight, positives: rightPositives },
  ];
}

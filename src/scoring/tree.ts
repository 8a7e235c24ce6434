import { type NodeRange, SplitFinder, type TreeRows } from "./best-split.js";
import type { BinnedColumns } from "./binning.js";
import type { DrawInt } from "./fast-random.js";

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

interface PendingNode extends NodeRange {
  readonly id: number;
  readonly depth: number;
}

/**
 * Grows one classification tree, depth first, until nodes are pure, too deep or cannot be divided.
 * @param tree the rows in use with weight > 0; reordered in place
 * @param columns int32 [numCandidates], columns that may be split on; reordered in place
 * @param onSplit called with each split's column and its weighted decrease of Gini impurity
 */
export function growTree(
  matrix: BinnedColumns,
  tree: TreeRows,
  columns: Int32Array,
  options: GrowthOptions,
  draw: DrawInt,
  onSplit: (column: number, decrease: number) => void,
): Tree {
  const { rows: numRows, codes } = matrix;
  const finder = new SplitFinder(codes, numRows, tree);
  const moved: TreeRows = {
    rows: new Int32Array(tree.rows.length),
    weightedLabels: new Int32Array(tree.rows.length),
  };
  const column: number[] = [];
  const splitBin: number[] = [];
  const left: number[] = [];
  const probability: number[] = [];
  const addNode = (
    start: number,
    end: number,
    weight: number,
    positives: number,
    depth: number,
  ): PendingNode => {
    column.push(-1);
    splitBin.push(0);
    left.push(-1);
    probability.push(positives / weight);
    return { start, end, weight, positives, id: column.length - 1, depth };
  };
  const total = totals(tree);
  const pending = [addNode(0, tree.rows.length, total.weight, total.positives, 0)];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const { start, end, weight, positives, depth, id } = node;
    const pure = positives === 0 || positives === weight;
    if (pure || depth >= options.maxDepth || end - start < 2) continue;
    const split = finder.find(node, columns, options.featuresPerSplit, draw);
    if (split === undefined) continue;
    onSplit(split.column, (2 * split.score) / weight);
    const middle = partition(codes, split.column * numRows, split.bin, tree, moved, start, end);
    const { leftWeight, leftPositives } = split;
    const leftNode = addNode(start, middle, leftWeight, leftPositives, depth + 1);
    const rightNode = addNode(middle, end, weight - leftWeight, positives - leftPositives, depth + 1);
    column[id] = split.column;
    splitBin[id] = split.bin;
    left[id] = leftNode.id;
    pending.push(rightNode, leftNode);
  }
  return {
    column: Int32Array.from(column),
    splitBin: Uint8Array.from(splitBin),
    left: Int32Array.from(left),
    probability: Float64Array.from(probability),
  };
}

function totals(tree: TreeRows): Pick<NodeRange, "weight" | "positives"> {
  let weight = 0;
  let positives = 0;
  for (const weightedLabel of tree.weightedLabels) {
    weight += weightedLabel >> 1;
    if (weightedLabel & 1) positives += weightedLabel >> 1;
  }
  return { weight, positives };
}

/** Moves the left child's rows to the front, keeping the order within each child. @returns where the right child starts */
function partition(
  codes: Uint8Array,
  offset: number,
  bin: number,
  tree: TreeRows,
  moved: TreeRows,
  start: number,
  end: number,
): number {
  const { rows, weightedLabels } = tree;
  let write = start;
  let numMoved = 0;
  for (let i = start; i < end; i++) {
    const row = rows[i];
    const weightedLabel = weightedLabels[i];
    if (codes[offset + row] <= bin) {
      rows[write] = row;
      weightedLabels[write++] = weightedLabel;
    } else {
      moved.rows[numMoved] = row;
      moved.weightedLabels[numMoved++] = weightedLabel;
    }
  }
  rows.set(moved.rows.subarray(0, numMoved), write);
  weightedLabels.set(moved.weightedLabels.subarray(0, numMoved), write);
  return write;
}

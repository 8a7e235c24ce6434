import type { DrawInt } from "../../random/fast-random.js";
import { type OpenNode, type Split, SplitFinder } from "./best-split.js";
import type { BinnedColumns } from "./binned-columns.js";
import type { Bootstrap } from "./bootstrap.js";
import type { ScratchPieces } from "./kernel/scratch.js";
import { type NodeRange, wholeRange } from "./tree-entries.js";

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

/** A tree and what its splits were worth. */
export interface GrownTree extends Tree {
  /** float64 [numNodes], the split's weighted decrease of Gini impurity; 0 in a leaf. */
  readonly decrease: Float64Array;
}

/** How trees grow. */
export interface GrowthOptions {
  /** A lone root has depth 0. */
  readonly maxDepth: number;
  /** Columns tried per split, >= 1. */
  readonly featuresPerSplit: number;
}

/** What one tree grows from; its entries, in the matrix's memory, are reordered in place. */
export interface Seedling extends Bootstrap {
  /** int32 [numCandidates], columns that may be split on, as many for all trees; reordered in place. */
  readonly columns: Int32Array;
  readonly draw: DrawInt;
}

interface GrowingTree {
  readonly seedling: Seedling;
  readonly column: number[];
  readonly splitBin: number[];
  readonly left: number[];
  readonly probability: number[];
  readonly decrease: number[];
}

interface TreeNode extends OpenNode {
  readonly tree: GrowingTree;
  readonly id: number;
}

/**
 * Grows classification trees, level by level, until nodes are pure, too deep or cannot be divided. All trees' nodes of
 * a level are looked at column by column, so that a column is read from memory once a level, not once a node. A
 * tree does not depend on the others.
 */
export function growTrees(
  matrix: BinnedColumns,
  seedlings: readonly Seedling[],
  options: GrowthOptions,
  scratch: ScratchPieces,
): GrownTree[] {
  const entries = seedlings.map((seedling) => seedling.entries);
  const finder = new SplitFinder(matrix, scratch, entries);
  let level: TreeNode[] = [];
  const trees = seedlings.map((seedling): GrowingTree => {
    const lists = { column: [], splitBin: [], left: [], probability: [], decrease: [] };
    const tree = { seedling, ...lists };
    addNode(tree, wholeRange(seedling.entries, seedling.numNegatives), options.maxDepth > 0, level);
    return tree;
  });
  for (let depth = 1; level.length > 0; depth++) {
    const splits = findSplits(finder, level, options.featuresPerSplit);
    level = splitLevel(finder, level, splits, depth < options.maxDepth);
  }
  return trees.map(({ column, splitBin, left, probability, decrease }) => ({
    column: Int32Array.from(column),
    splitBin: Uint8Array.from(splitBin),
    left: Int32Array.from(left),
    probability: Float64Array.from(probability),
    decrease: Float64Array.from(decrease),
  }));
}

/** Divides the nodes that have a split. @returns their children that may be split again */
function splitLevel(
  finder: SplitFinder,
  level: readonly TreeNode[],
  splits: readonly (Split | undefined)[],
  mayBeSplit: boolean,
): TreeNode[] {
  const next: TreeNode[] = [];
  for (const [i, node] of level.entries()) {
    const split = splits[i];
    if (split === undefined) continue;
    const { tree, id, range } = node;
    const [left, right] = finder.divide(node, split);
    tree.column[id] = split.column;
    tree.splitBin[id] = split.bin;
    tree.decrease[id] = (2 * split.score) / range.weight;
    tree.left[id] = addNode(tree, left, mayBeSplit, next);
    addNode(tree, right, mayBeSplit, next);
  }
  return next;
}

/** Adds a leaf, and puts it among the nodes to be split where that makes sense. @returns its number */
function addNode(tree: GrowingTree, range: NodeRange, mayBeSplit: boolean, level: TreeNode[]): number {
  const id = tree.column.push(-1) - 1;
  tree.splitBin.push(0);
  tree.left.push(-1);
  tree.probability.push(range.positives / range.weight);
  tree.decrease.push(0);
  const isPure = range.firstPositive === range.start || range.firstPositive === range.end;
  if (mayBeSplit && !isPure) level.push({ tree, id, entries: tree.seedling.entries, range });
  return id;
}

/** Tries randomly drawn columns in every node; as in scikit-learn, drawing goes on until some column is not constant. */
function findSplits(
  finder: SplitFinder,
  level: readonly TreeNode[],
  featuresPerSplit: number,
): (Split | undefined)[] {
  const perNode = Math.min(featuresPerSplit, level[0].tree.seedling.columns.length);
  const drawn = new Int32Array(level.length * perNode);
  for (let i = 0, at = 0; i < level.length; i++) {
    const { columns, draw } = level[i].tree.seedling;
    for (let k = 0; k < perNode; k++) drawn[at++] = drawColumn(columns, k, draw);
  }
  const splits = finder.findAll(level, drawn, perNode);
  for (const [i, node] of level.entries()) {
    if (splits[i] !== undefined) continue;
    const { columns, draw } = node.tree.seedling;
    // Other nodes of the tree have drawn since.
    columns.set(withFirst(columns, drawn.subarray(i * perNode, (i + 1) * perNode)));
    for (let k = perNode; k < columns.length && splits[i] === undefined; k++) {
      splits[i] = finder.find(node, drawColumn(columns, k, draw));
    }
  }
  return splits;
}

/** Swaps a randomly drawn one of the columns from position k on to position k. */
function drawColumn(columns: Int32Array, k: number, draw: DrawInt): number {
  const pick = k + draw(columns.length - k);
  const column = columns[pick];
  columns[pick] = columns[k];
  columns[k] = column;
  return column;
}

/** The columns with some of them first. */
function withFirst(columns: Int32Array, first: Int32Array): Int32Array {
  const taken = new Set(first);
  return Int32Array.from([...first, ...columns.filter((column) => !taken.has(column))]);
}

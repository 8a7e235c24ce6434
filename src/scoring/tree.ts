import type { DrawInt } from "../random/fast-random.js";
import { SplitFinder } from "./best-split.js";
import type { BinnedColumns } from "./binned-matrix.js";
import type { ScratchPieces } from "./kernel/scratch.js";
import { type NodeRange, partition, type TreeRows, wholeRange } from "./tree-rows.js";

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

/** What one tree grows from. */
export interface Seedling {
  /** The rows in use, in the matrix's memory; reordered in place. */
  readonly rows: TreeRows;
  /** How many of them have label 0: the first ones, the others have label 1. */
  readonly numNegatives: number;
  /** int32 [numCandidates], columns that may be split on; reordered in place. */
  readonly columns: Int32Array;
  readonly draw: DrawInt;
  /** Called with each split's column and its weighted decrease of Gini impurity. */
  readonly onSplit: (column: number, decrease: number) => void;
}

interface GrowingTree {
  readonly seedling: Seedling;
  readonly column: number[];
  readonly splitBin: number[];
  readonly left: number[];
  readonly probability: number[];
}

/** A node to be split. */
interface OpenNode {
  readonly tree: GrowingTree;
  readonly id: number;
  readonly range: NodeRange;
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
): Tree[] {
  const sizes = seedlings.map(({ rows }) => rows.rows.length);
  // A node that is split has two rows or more.
  const widest = sizes.reduce((sum, size) => sum + (size >> 1), 0);
  const finder = new SplitFinder(matrix, scratch, widest);
  const longest = Math.max(0, ...sizes);
  const spare = { rows: new Int32Array(longest), weights: new Int32Array(longest) };
  const trees = seedlings.map(
    (seedling): GrowingTree => ({ seedling, column: [], splitBin: [], left: [], probability: [] }),
  );
  let level: OpenNode[] = [];
  for (const tree of trees) {
    addNode(tree, wholeRange(tree.seedling.rows, tree.seedling.numNegatives), options.maxDepth > 0, level);
  }
  for (let depth = 1; level.length > 0; depth++) {
    findSplits(finder, level, options.featuresPerSplit);
    const next: OpenNode[] = [];
    for (const [node, { tree, id, range }] of level.entries()) {
      const split = finder.best(node);
      if (split === undefined) continue;
      tree.seedling.onSplit(split.column, (2 * split.score) / range.weight);
      const [left, right] = partition(matrix, split, tree.seedling.rows, spare, range);
      tree.column[id] = split.column;
      tree.splitBin[id] = split.bin;
      tree.left[id] = addNode(tree, left, depth < options.maxDepth, next);
      addNode(tree, right, depth < options.maxDepth, next);
    }
    level = next;
  }
  return trees.map(({ column, splitBin, left, probability }) => ({
    column: Int32Array.from(column),
    splitBin: Uint8Array.from(splitBin),
    left: Int32Array.from(left),
    probability: Float64Array.from(probability),
  }));
}

/** Adds a leaf, and puts it among the nodes to be split where that makes sense. @returns its number */
function addNode(tree: GrowingTree, range: NodeRange, mayBeSplit: boolean, level: OpenNode[]): number {
  const id = tree.column.push(-1) - 1;
  tree.splitBin.push(0);
  tree.left.push(-1);
  tree.probability.push(range.positives / range.weight);
  const isPure = range.firstPositive === range.start || range.firstPositive === range.end;
  if (mayBeSplit && !isPure) level.push({ tree, id, range });
  return id;
}

/** Tries randomly drawn columns in every node; as in scikit-learn, drawing goes on until some column is not constant. */
function findSplits(finder: SplitFinder, level: readonly OpenNode[], featuresPerSplit: number): void {
  const wanted = level.map(({ tree }) => {
    const { columns, draw } = tree.seedling;
    const count = Math.min(featuresPerSplit, columns.length);
    for (let k = 0; k < count; k++) drawColumn(columns, k, draw);
    return columns.slice(0, count);
  });
  finder.clear(level.length);
  const { columns, nodes } = byColumn(wanted);
  for (let i = 0; i < nodes.length; i++) {
    const { tree, range } = level[nodes[i]];
    finder.improve(nodes[i], tree.seedling.rows, range, columns[i]);
  }
  for (const [node, { tree, range }] of level.entries()) {
    if (finder.best(node) !== undefined) continue;
    const { columns, draw, rows } = tree.seedling;
    // Other nodes of the tree have drawn since.
    columns.set(withFirst(columns, wanted[node]));
    for (let k = wanted[node].length; k < columns.length && finder.best(node) === undefined; k++) {
      finder.improve(node, rows, range, drawColumn(columns, k, draw));
    }
  }
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

/**
 * Turns lists of columns around.
 * @param lists of each node, its columns
 * @returns int32, all (column, node) pairs by ascending column, and by node where that is the same
 */
function byColumn(lists: readonly Int32Array[]): { columns: Int32Array; nodes: Int32Array } {
  const highest = lists.reduce((max, list) => list.reduce((a, b) => Math.max(a, b), max), 0);
  const place = new Int32Array(highest + 2);
  for (const list of lists) for (const column of list) place[column + 1]++;
  for (let column = 0; column <= highest; column++) place[column + 1] += place[column];
  const columns = new Int32Array(place[highest + 1]);
  const nodes = new Int32Array(place[highest + 1]);
  for (let node = 0; node < lists.length; node++) {
    for (const column of lists[node]) {
      const at = place[column]++;
      columns[at] = column;
      nodes[at] = node;
    }
  }
  return { columns, nodes };
}

import type { BinnedColumns } from "../binned-columns.js";
import type { ScratchPieces } from "../kernel/scratch.js";
import type { GrownTree } from "../tree.js";
import type { Bootstrap } from "./bootstrap.js";
import { findSplits, type RandomColumns, type UnsplitNode } from "./level-splits.js";
import type { Split } from "./node-records.js";
import { SplitFinder } from "./split-finder.js";
import { type NodeRange, wholeRange } from "./tree-entries.js";

/** How trees grow. */
export interface GrowthOptions {
  /** A lone root has depth 0. */
  readonly maxDepth: number;
  /** Columns tried per split, >= 1. */
  readonly featuresPerSplit: number;
}

/** What one tree grows from; its entries, in the matrix's memory, are reordered in place. */
export interface Seedling extends Bootstrap, RandomColumns {}

interface GrowingTree {
  readonly seedling: Seedling;
  readonly column: number[];
  readonly splitBin: number[];
  readonly left: number[];
  readonly probability: number[];
  readonly decrease: number[];
}

interface TreeNode extends UnsplitNode {
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
  const { seedling } = tree;
  if (mayBeSplit && !isPure) level.push({ tree, id, entries: seedling.entries, range, random: seedling });
  return id;
}

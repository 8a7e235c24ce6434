import type { DrawInt } from "../../../random/fast-random.js";
import type { OpenNode, Split } from "./node-records.js";
import type { SplitFinder } from "./split-finder.js";

/** A tree's columns, to be drawn from. */
export interface RandomColumns {
  /** int32 [numCandidates], columns that may be split on, as many for all trees; reordered in place. */
  readonly columns: Int32Array;
  readonly draw: DrawInt;
}

/** A node to be split on columns drawn for it. */
export interface UnsplitNode extends OpenNode {
  /** Its tree's. */
  readonly random: RandomColumns;
}

/**
 * Tries randomly drawn columns in every node; as in scikit-learn, drawing goes on until some column is not constant.
 * @param level at least one node
 * @returns of each node its best split; undefined when every column is constant in it
 */
export function findSplits(
  finder: SplitFinder,
  level: readonly UnsplitNode[],
  featuresPerSplit: number,
): (Split | undefined)[] {
  const perNode = Math.min(featuresPerSplit, level[0].random.columns.length);
  const drawn = new Int32Array(level.length * perNode);
  for (let i = 0, at = 0; i < level.length; i++) {
    const { columns, draw } = level[i].random;
    for (let k = 0; k < perNode; k++) drawn[at++] = drawColumn(columns, k, draw);
  }
  const splits = finder.findAll(level, drawn, perNode);
  for (const [i, node] of level.entries()) {
    if (splits[i] !== undefined) continue;
    const { columns, draw } = node.random;
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

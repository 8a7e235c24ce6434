import type { DrawInt } from "../random/fast-random.js";
import { NodeHistograms } from "./node-histograms.js";

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

/** The best split seen so far in a node. */
export interface Split {
  /** L R (pL - pR)^2, see `findBestSplit`; negative before the first candidate. */
  score: number;
  /** Column number in the binned matrix. */
  column: number;
  /** Rows with bin <= `bin` go left. */
  bin: number;
  /** Left child's weight, and weight of label 1. */
  leftWeight: number;
  leftPositives: number;
}

/**
 * The split with the largest Gini decrease among randomly drawn columns. As in scikit-learn, drawing goes on past
 * `featuresPerSplit` until some column is not constant in the node; a split is made even where nothing is gained.
 *
 * With L, R the children's weights, p their shares of label 1 and N = L + R, weight times impurity decreases by
 * 2 L R (pL - pR)^2 / N, and L R (pL - pR)^2 = (l1 N - t1 L)^2 / (L R) needs one division a candidate.
 * @param columns int32 [numCandidates], reordered by the drawing
 * @returns undefined when every column is constant in the node
 */
export function findBestSplit(
  histograms: NodeHistograms,
  node: NodeRange,
  columns: Int32Array,
  featuresPerSplit: number,
  draw: DrawInt,
): Split | undefined {
  const best: Split = { score: -1, column: -1, bin: 0, leftWeight: 0, leftPositives: 0 };
  let drawn = 0;
  while (drawn < columns.length && (drawn < featuresPerSplit || best.column < 0)) {
    const wanted = drawn < featuresPerSplit ? featuresPerSplit - drawn : 1;
    const count = Math.min(NodeHistograms.COLUMNS, wanted, columns.length - drawn);
    for (let k = drawn; k < drawn + count; k++) {
      const pick = k + draw(columns.length - k);
      const column = columns[pick];
      columns[pick] = columns[k];
      columns[k] = column;
    }
    histograms.improve(best, node, columns, drawn, count);
    drawn += count;
  }
  return best.column < 0 ? undefined : best;
}

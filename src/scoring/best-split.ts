import type { BinnedColumns } from "./binned-matrix.js";
import { type ForestKernel, forestKernel } from "./kernel/forest-kernel.js";
import type { ScratchPieces } from "./kernel/scratch.js";
import type { NodeRange, TreeRows } from "./tree-rows.js";

/** Two labels' weights in 256 bins, and a bit a bin. */
const workInts = 2 * 256 + 8;
/** float64 score, then int32 column, bin, leftWeight and leftPositives. */
const splitDoubles = 3;

/** A cut of a node on a column. */
export interface Split {
  /** L R (pL - pR)^2, see `SplitFinder`. */
  readonly score: number;
  /** Column number in the binned matrix. */
  readonly column: number;
  /** Rows with bin <= `bin` go left. */
  readonly bin: number;
  /** Left child's weight, and weight of label 1. */
  readonly leftWeight: number;
  readonly leftPositives: number;
}

/**
 * Looks for the splits with the largest decrease of Gini impurity. With L, R the children's weights, p their shares of
 * label 1 and N = L + R, weight times impurity decreases by 2 L R (pL - pR)^2 / N. With l0, l1 the left child's weight
 * of each label and t0, t1 the node's, L R (pL - pR)^2 = (l1 t0 - l0 t1)^2 / (L R): two cuts are compared without
 * dividing. A cut with an empty side has 0 on both sides of that comparison, so it never wins.
 */
export class SplitFinder {
  readonly #kernel: ForestKernel;
  readonly #matrix: BinnedColumns;
  readonly #work: number;
  /** The best splits so far, in two views of the same bytes. */
  readonly #doubles: Float64Array;
  readonly #ints: Int32Array;

  /** @param maxNodes nodes that are looked at together, at most */
  constructor(matrix: BinnedColumns, scratch: ScratchPieces, maxNodes: number) {
    this.#kernel = forestKernel(matrix.memory);
    this.#matrix = matrix;
    const work = scratch.int32(workInts).fill(0);
    this.#work = work.byteOffset;
    this.#doubles = scratch.float64(splitDoubles * maxNodes);
    const { buffer, byteOffset, length } = this.#doubles;
    this.#ints = new Int32Array(buffer, byteOffset, 2 * length);
  }

  /** Forgets all splits of the nodes numbered below `count`. */
  clear(count: number): void {
    for (let node = 0; node < count; node++) {
      this.#doubles[splitDoubles * node] = -1;
      this.#ints[2 * splitDoubles * node + 2] = -1;
    }
  }

  /** Replaces the best split of a node by one on this column, if it scores higher. @param tree lies in the memory */
  improve(node: number, { rows, weights }: TreeRows, range: NodeRange, column: number): void {
    const { start, firstPositive, end, weight, positives } = range;
    this.#kernel.improve(
      this.#matrix.codes.byteOffset + column * this.#matrix.rows,
      rows.byteOffset,
      weights.byteOffset,
      start,
      firstPositive,
      end,
      weight,
      positives,
      column,
      this.#doubles.byteOffset + 8 * splitDoubles * node,
      this.#work,
    );
  }

  /** @returns undefined when every column tried is constant in the node */
  best(node: number): Split | undefined {
    const [column, bin, leftWeight, leftPositives] = this.#ints.subarray(2 * splitDoubles * node + 2);
    if (column < 0) return undefined;
    return { score: this.#doubles[splitDoubles * node], column, bin, leftWeight, leftPositives };
  }
}

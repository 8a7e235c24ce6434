import type { BinnedColumns } from "./binned-columns.js";
import { type ForestKernel, forestKernel } from "./kernel/forest-kernel.js";
import { aligned, type ScratchPieces } from "./kernel/scratch.js";
import type { NodeRange } from "./tree-entries.js";

/** Two labels' weights in 256 bins as uint64, and a bit a bin: in doubles. */
const WORK_DOUBLES = 256 + 4;
/** A node as the kernel reads and writes it: 14 places of 4 bytes; two are a float64, the last three float32. */
const RECORD_INTS = 14;

/** How much the kernel looks at in one call: nodes, and pairs of a node and one of its columns. */
interface Batch {
  readonly nodes: number;
  readonly pairs: number;
}

/** As much as a level of so many trees usually has, and at least one node with all columns. */
const batchOf = (cols: number, trees: number): Batch => ({
  nodes: Math.min(2 ** 14, 2 ** 11 * trees),
  pairs: Math.max(cols, Math.min(2 ** 20, 2 ** 17 * trees)),
});

/** Bytes of scratch that a `SplitFinder` for so many trees takes, beside a tree's longest entries. */
export function splitScratchBytes(cols: number, trees: number): number {
  const { nodes, pairs } = batchOf(cols, trees);
  const places = aligned(4 * (cols + 1));
  return 8 * WORK_DOUBLES + 4 * RECORD_INTS * nodes + places + aligned(4 * pairs);
}

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

/** A node to be split. */
export interface OpenNode {
  /** uint32, its tree's entries, in the matrix's memory. */
  readonly entries: Uint32Array;
  readonly range: NodeRange;
}

/**
 * Looks for the splits with the largest decrease of Gini impurity. With L, R the children's weights, p their shares of
 * label 1 and N = L + R, weight times impurity decreases by 2 L R (pL - pR)^2 / N. With l1 the left child's weight of
 * label 1 and t1 the node's, L R (pL - pR)^2 = (l1 N - L t1)^2 / (L R): two cuts are compared without dividing. A cut
 * with an empty side has 0 on both sides of that comparison, so it never wins.
 */
export class SplitFinder {
  readonly #kernel: ForestKernel;
  readonly #matrix: BinnedColumns;
  readonly #work: number;
  /** Nodes, in three views of the same bytes. */
  readonly #ints: Int32Array;
  readonly #doubles: Float64Array;
  readonly #floats: Float32Array;
  /** int32 [cols + 1]: the nodes of column c stand from places[c] to places[c + 1] in `nodes`. */
  readonly #places: Int32Array;
  readonly #nodes: Int32Array;
  /** Room for the entries of a node. */
  readonly #spare: number;
  readonly #batch: Batch;

  /** @param trees entries of each tree whose nodes are to be split */
  constructor(matrix: BinnedColumns, scratch: ScratchPieces, trees: readonly Uint32Array[]) {
    this.#kernel = forestKernel(matrix.memory);
    this.#matrix = matrix;
    this.#batch = batchOf(matrix.cols, trees.length);
    this.#work = scratch.float64(WORK_DOUBLES).fill(0).byteOffset;
    this.#doubles = scratch.float64((RECORD_INTS / 2) * this.#batch.nodes);
    const { buffer, byteOffset, length } = this.#doubles;
    this.#ints = new Int32Array(buffer, byteOffset, 2 * length);
    this.#floats = new Float32Array(buffer, byteOffset, 2 * length);
    this.#places = scratch.int32(matrix.cols + 1);
    this.#nodes = scratch.int32(this.#batch.pairs);
    this.#spare = scratch.uint32(Math.max(0, ...trees.map((entries) => entries.length))).byteOffset;
  }

  /**
   * @param columns int32 [nodes, perNode], the columns to try in each node
   * @returns of each node its best split; undefined when every column tried is constant in it
   */
  findAll(nodes: readonly OpenNode[], columns: Int32Array, perNode: number): (Split | undefined)[] {
    const together = Math.min(this.#batch.nodes, Math.floor(this.#batch.pairs / perNode));
    const splits: (Split | undefined)[] = [];
    for (let first = 0; first < nodes.length; first += together) {
      const some = nodes.slice(first, first + together);
      for (const [number, node] of some.entries()) this.#write(number, node);
      this.#orderByColumn(columns.subarray(first * perNode, (first + some.length) * perNode), perNode);
      const { codes, rows, cols } = this.#matrix;
      const { byteOffset: records } = this.#ints;
      const [places, at] = [this.#places.byteOffset, this.#nodes.byteOffset];
      this.#kernel.findSplits(codes.byteOffset, rows, cols, places, at, records, this.#work);
      for (let number = 0; number < some.length; number++) splits.push(this.#best(number));
    }
    return splits;
  }

  /** The best split on one column. @returns undefined when the column is constant in the node */
  find(node: OpenNode, column: number): Split | undefined {
    this.#write(0, node);
    this.#kernel.improve(this.#codesOf(column), column, this.#ints.byteOffset, this.#work);
    return this.#best(0);
  }

  /** Divides a node's entries: the left child's come first. @returns the children */
  divide(node: OpenNode, { column, bin, leftWeight, leftPositives }: Split): [NodeRange, NodeRange] {
    const { entries, range } = node;
    this.#write(0, node);
    this.#kernel.partition(this.#codesOf(column), this.#ints.byteOffset, bin, this.#spare);
    const position = (int: number): number => ((this.#ints[int] >>> 0) - entries.byteOffset) / 4;
    const middle = position(1);
    const rightWeight = range.weight - leftWeight;
    const rightPositives = range.positives - leftPositives;
    return [
      { ...range, firstPositive: position(0), end: middle, weight: leftWeight, positives: leftPositives },
      {
        start: middle,
        firstPositive: position(2),
        end: range.end,
        weight: rightWeight,
        positives: rightPositives,
      },
    ];
  }

  #codesOf(column: number): number {
    return this.#matrix.codes.byteOffset + column * this.#matrix.rows;
  }

  /** A node without a split. */
  #write(number: number, { entries, range }: OpenNode): void {
    const at = RECORD_INTS * number;
    const { byteOffset } = entries;
    this.#ints[at] = byteOffset + 4 * range.start;
    this.#ints[at + 1] = byteOffset + 4 * range.firstPositive;
    this.#ints[at + 2] = byteOffset + 4 * range.end;
    this.#ints[at + 3] = range.weight;
    this.#ints[at + 4] = range.positives;
    this.#ints[at + 5] = -1;
    this.#doubles[at / 2 + 3] = -1;
    this.#floats[at + 11] = range.weight;
    this.#floats[at + 12] = range.positives / range.weight;
    this.#floats[at + 13] = range.weight * 2 ** -22;
  }

  #best(number: number): Split | undefined {
    const at = RECORD_INTS * number;
    const column = this.#ints[at + 5];
    if (column < 0) return undefined;
    return {
      score: this.#doubles[at / 2 + 3],
      column,
      bin: this.#ints[at + 8],
      leftWeight: this.#ints[at + 9],
      leftPositives: this.#ints[at + 10],
    };
  }

  /** Lists the nodes of each column, so that a column is read from memory once for all of them. */
  #orderByColumn(columns: Int32Array, perNode: number): void {
    const places = this.#places.fill(0);
    // Two further than its column: when the nodes have been placed, each column's start has moved to its end.
    for (const column of columns) if (column + 2 < places.length) places[column + 2]++;
    for (let column = 2; column < places.length; column++) places[column] += places[column - 1];
    for (let pair = 0, node = 0; pair < columns.length; node++) {
      for (const end = pair + perNode; pair < end; pair++) this.#nodes[places[columns[pair] + 1]++] = node;
    }
  }
}

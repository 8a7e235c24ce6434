import type { BinnedColumns } from "../binned-columns.js";
import { type ForestKernel, forestKernel } from "../kernel/forest-kernel.js";
import { aligned, type ScratchPieces } from "../kernel/scratch.js";
import { NodeRecords, nodeRecordsBytes, type OpenNode, type Split } from "./node-records.js";
import type { NodeRange } from "./tree-entries.js";

/** Two labels' weights in 256 bins as uint64, and a bit a bin: in doubles. */
const WORK_DOUBLES = 256 + 4;
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
  return 8 * WORK_DOUBLES + nodeRecordsBytes(nodes) + places + aligned(4 * pairs);
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
  readonly #records: NodeRecords;
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
    this.#records = new NodeRecords(scratch, this.#batch.nodes);
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
      for (const [number, node] of some.entries()) this.#records.write(number, node);
      this.#orderByColumn(columns.subarray(first * perNode, (first + some.length) * perNode), perNode);
      const { codes, rows, cols } = this.#matrix;
      const { address: records } = this.#records;
      const [places, at] = [this.#places.byteOffset, this.#nodes.byteOffset];
      this.#kernel.findSplits(codes.byteOffset, rows, cols, places, at, records, this.#work);
      for (let number = 0; number < some.length; number++) splits.push(this.#records.best(number));
    }
    return splits;
  }

  /** The best split on one column. @returns undefined when the column is constant in the node */
  find(node: OpenNode, column: number): Split | undefined {
    this.#records.write(0, node);
    this.#kernel.improve(this.#codesOf(column), column, this.#records.address, this.#work);
    return this.#records.best(0);
  }

  /** Divides a node's entries: the left child's come first. @returns the children */
  divide(node: OpenNode, { column, bin, leftWeight, leftPositives }: Split): [NodeRange, NodeRange] {
    const { range } = node;
    this.#records.write(0, node);
    this.#kernel.partition(this.#codesOf(column), this.#records.address, bin, this.#spare);
    const { firstPositive, middle, secondPositive } = this.#records.divided(node);
    // Written out: for every node of a forest, spreading objects took a quarter of the time of growing it.
    return [
      { start: range.start, firstPositive, end: middle, weight: leftWeight, positives: leftPositives },
      {
        start: middle,
        firstPositive: secondPositive,
        end: range.end,
        weight: range.weight - leftWeight,
        positives: range.positives - leftPositives,
      },
    ];
  }

  #codesOf(column: number): number {
    return this.#matrix.codes.byteOffset + column * this.#matrix.rows;
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

import type { ScratchPieces } from "../kernel/scratch.js";
import type { NodeRange } from "./tree-entries.js";

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

/** A node as the kernel reads and writes it: 14 places of 4 bytes; two are a float64, the last three float32. */
const RECORD_INTS = 14;

/** Bytes of so many nodes' records. */
export const nodeRecordsBytes = (nodes: number): number => 4 * RECORD_INTS * nodes;

/** Nodes in the kernel's memory, with their best splits so far; its source says what stands where. */
export class NodeRecords {
  /** Where the first one lies. */
  readonly address: number;
  /** Three views of the same bytes. */
  readonly #ints: Int32Array;
  readonly #doubles: Float64Array;
  readonly #floats: Float32Array;

  constructor(scratch: ScratchPieces, nodes: number) {
    this.#doubles = scratch.float64((RECORD_INTS / 2) * nodes);
    const { buffer, byteOffset, length } = this.#doubles;
    this.address = byteOffset;
    this.#ints = new Int32Array(buffer, byteOffset, 2 * length);
    this.#floats = new Float32Array(buffer, byteOffset, 2 * length);
  }

  /** A node without a split. */
  write(number: number, { entries, range }: OpenNode): void {
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

  /** What the kernel has found for a node, if anything. */
  best(number: number): Split | undefined {
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

  /**
   * Where the kernel has divided the first node's entries.
   * @returns positions in the entries: the left child's first row of label 1, the right child's first row, and its first
   *   of label 1
   */
  divided({ entries }: OpenNode) {
    const position = (int: number): number => ((this.#ints[int] >>> 0) - entries.byteOffset) / 4;
    return { firstPositive: position(0), middle: position(1), secondPositive: position(2) };
  }
}

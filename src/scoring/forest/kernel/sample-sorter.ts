import { type ForestKernel, forestKernel } from "./forest-kernel.js";
import type { Scratch, ScratchPieces } from "./scratch.js";

/** Sorts the values of some rows of one column after the other. */
export class SampleSorter {
  readonly #kernel: ForestKernel;
  readonly #rows: Int32Array;
  readonly #sorted: Float32Array;
  readonly #spare: number;
  readonly #counters: number;

  /** @param rows int32, the rows */
  constructor(memory: Scratch["memory"], scratch: ScratchPieces, rows: Int32Array) {
    this.#kernel = forestKernel(memory);
    this.#rows = scratch.int32(rows.length);
    this.#rows.set(rows);
    this.#sorted = scratch.float32(rows.length);
    this.#spare = scratch.float32(rows.length).byteOffset;
    this.#counters = scratch.int32(256).byteOffset;
  }

  /**
   * @param values float32, a column, in the memory
   * @returns float32 [rows], ascending, until the next call
   */
  sort(values: Float32Array): Float32Array {
    const { byteOffset, length } = this.#rows;
    const { byteOffset: sorted } = this.#sorted;
    this.#kernel.sortSome(values.byteOffset, byteOffset, length, sorted, this.#spare, this.#counters);
    return this.#sorted;
  }
}

import type { BinnedColumns } from "../binned-columns.js";
import { type ForestKernel, forestKernel } from "./forest-kernel.js";
import type { ScratchPieces } from "./scratch.js";

/** Cells of the table that narrows the search for a value's bin: with 16 an edge most values need no search. */
const CELLS = 4096;

/** Writes the bins of columns; what it works with lies in the matrix's memory. */
export class BinAssigner {
  readonly #kernel: ForestKernel;
  readonly #matrix: BinnedColumns;
  readonly #firstBin: Uint8Array;
  readonly #edges: Float32Array;

  constructor(matrix: BinnedColumns, scratch: ScratchPieces) {
    this.#kernel = forestKernel(matrix.memory);
    this.#matrix = matrix;
    this.#firstBin = scratch.uint8(CELLS);
    this.#edges = scratch.float32(256);
  }

  /**
   * @param values float32 [rows], in the memory
   * @param edges float32 [numBins - 1], strictly ascending
   * @returns whether all values are finite
   */
  assign(column: number, values: Float32Array, edges: Float32Array): boolean {
    const [lowest = 0] = edges;
    const highest = edges.at(-1) ?? 0;
    const scale = Math.fround(CELLS / (highest - lowest));
    this.#edges.set(edges);
    this.#edges[edges.length] = Number.POSITIVE_INFINITY;
    this.#fillFirstBin(edges, lowest, scale);
    const { rows, codes } = this.#matrix;
    const at = codes.byteOffset + column * rows;
    const places = [this.#edges.byteOffset, this.#firstBin.byteOffset] as const;
    return this.#kernel.assign(values.byteOffset, rows, ...places, CELLS, lowest, scale, at) === 0;
  }

  /** Of each cell, the number of edges in lower ones: none of them is above a value of the cell. */
  #fillFirstBin(edges: Float32Array, lowest: number, scale: number): void {
    let filled = 0;
    for (let edge = 0; edge < edges.length; edge++) {
      // In float32 as in the kernel: a value and an edge must not change places by rounding.
      const cell = Math.fround(Math.fround(edges[edge] - lowest) * scale);
      const end = Math.min(CELLS, Math.floor(cell > 0 ? cell : 0) + 1);
      if (end > filled) this.#firstBin.fill(edge, filled, end);
      filled = Math.max(filled, end);
    }
    this.#firstBin.fill(edges.length, filled);
  }
}

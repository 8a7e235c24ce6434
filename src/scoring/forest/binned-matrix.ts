import { RunError } from "../../errors.js";
import { SplitFinder } from "./best-split.js";
import type { BinnedColumns } from "./binned-columns.js";
import { aligned, type Scratch } from "./kernel/scratch.js";
import { MAX_ROWS } from "./tree-entries.js";

/** Places kept for the edges of one column: a bin number fits in a byte. */
export const EDGES_PER_COLUMN = 255;
/** Columns that a thread bins at once: runs of 512 bytes of each row read. */
export const COLUMNS_PER_TASK = 128;
/** Of these, columns that are turned around together: a cache line of each row. */
export const COLUMNS_TURNED = 16;
/** Threads that bin, at most: one thread hands columns to all of them. */
const MAX_BINNING_THREADS = 8;
/** Trees whose results are added up first, wherever they grow: sums do not depend on the number of threads. */
export const TREES_PER_SUM = 10;
/** Trees that a thread grows at once, at most: they share what is read from memory. */
export const MAX_TREES_PER_TASK = 5 * TREES_PER_SUM;

/** Binned columns and their edges, in memory that threads share. */
export interface BinnedMatrix extends BinnedColumns {
  /** float32 [cols, 255], each column's edges ascending, unused places at the end. */
  readonly edges: Float32Array<SharedArrayBuffer>;
  /** Bytes of working memory that each thread has, behind the codes. */
  readonly scratchSize: number;
  /** Each float32 [rows, COLUMNS_PER_TASK], behind that: raw columns, one block a thread that bins and one being filled. */
  readonly rawBlocks: readonly Float32Array<SharedArrayBuffer>[];
}

/** Bytes per row that turning columns around takes, or a task's trees and room to divide a node. */
const scratchPerRow = 4 * Math.max(COLUMNS_TURNED, MAX_TREES_PER_TASK + 1);
/** Tables that bin a column, and what rounding up takes. */
const scratchConstant = 32_768;
const pageSize = 65_536;
const maxPages = 65_536;

/** @throws RunError when that does not fit in memory */
export function newBinnedMatrix(rows: number, cols: number, threads: number): BinnedMatrix {
  const scratchSize = aligned(rows * scratchPerRow + SplitFinder.scratchSize(cols) + scratchConstant);
  const firstRaw = aligned(rows * cols) + threads * scratchSize;
  const rawSize = 4 * COLUMNS_PER_TASK * rows;
  const numRaw = Math.min(threads, MAX_BINNING_THREADS) + 1;
  const pages = Math.ceil((firstRaw + numRaw * rawSize) / pageSize);
  const memory = reserve(pages, rows, cols);
  const buffer = memory.buffer as unknown as SharedArrayBuffer;
  return {
    rows,
    cols,
    memory,
    codes: new Uint8Array(buffer, 0, rows * cols),
    edges: new Float32Array(new SharedArrayBuffer(4 * cols * EDGES_PER_COLUMN)),
    scratchSize,
    rawBlocks: Array.from(
      { length: numRaw },
      (_, k) => new Float32Array(buffer, firstRaw + k * rawSize, COLUMNS_PER_TASK * rows),
    ),
  };
}

function reserve(pages: number, rows: number, cols: number): WebAssembly.Memory {
  try {
    if (pages <= maxPages && rows <= MAX_ROWS)
      return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch {
    // Said below.
  }
  throw new RunError(
    `A forest on ${rows} rows of ${cols} features needs ${Math.ceil(pages / 16_384)} GiB of memory, which are not there (4 GiB and ${MAX_ROWS} rows at most).`,
    "Use fewer features (--max_features), fewer epochs (--ep_sl) or another --cv_model.",
  );
}

/** The working memory of one of the threads. */
export const scratchOf = ({ memory, rows, cols, scratchSize }: BinnedMatrix, thread: number): Scratch => ({
  memory,
  start: aligned(rows * cols) + thread * scratchSize,
  size: scratchSize,
});

import { RunError } from "../errors.js";
import { aligned, type Scratch } from "./kernel/scratch.js";

/** Places kept for the edges of one column: a bin number fits in a byte. */
export const EDGES_PER_COLUMN = 255;
/** Columns that a thread bins at once: runs of 128 bytes of each row read. */
export const COLUMNS_PER_TASK = 32;
/** Trees that a thread grows at once: many, as they share what is read from memory, and few enough that all have some. */
export const TREES_PER_TASK = 10;

/**
 * Columns reduced to bin numbers. Bin b holds the values v with edge[b-1] < v <= edge[b], so "bin <= b" and
 * "value <= edge[b]" are the same question: a tree grown on bins also reads raw values.
 */
export interface BinnedColumns {
  readonly rows: number;
  readonly memory: WebAssembly.Memory;
  /** uint8 [cols, rows], in the memory: column-major, so that a column is one run of bytes. */
  readonly codes: Uint8Array<SharedArrayBuffer>;
}

/** Binned columns and their edges, in memory that threads share. */
export interface BinnedMatrix extends BinnedColumns {
  readonly cols: number;
  /** float32 [cols, 255], each column's edges ascending, unused places at the end. */
  readonly edges: Float32Array<SharedArrayBuffer>;
  /** Bytes of working memory that each thread has, behind the codes. */
  readonly scratchSize: number;
}

/** Bytes per row that binning a task's columns takes, or a task's trees: rows, weights, and half as many splits of 24. */
const scratchPerRow = Math.max(4 * COLUMNS_PER_TASK, TREES_PER_TASK * (8 + 12));
/** Tables of a kernel, and what rounding up takes. */
const scratchConstant = 16_384;
const pageSize = 65_536;
const maxPages = 65_536;

/** @throws RunError when that does not fit in memory */
export function newBinnedMatrix(rows: number, cols: number, threads: number): BinnedMatrix {
  const scratchSize = aligned(rows * scratchPerRow + scratchConstant);
  const pages = Math.ceil((aligned(rows * cols) + threads * scratchSize) / pageSize);
  const memory = reserve(pages, rows, cols);
  return {
    rows,
    cols,
    memory,
    codes: new Uint8Array(memory.buffer as unknown as SharedArrayBuffer, 0, rows * cols),
    edges: new Float32Array(new SharedArrayBuffer(4 * cols * EDGES_PER_COLUMN)),
    scratchSize,
  };
}

function reserve(pages: number, rows: number, cols: number): WebAssembly.Memory {
  try {
    if (pages <= maxPages) return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch {
    // Said below.
  }
  throw new RunError(
    `A forest on ${rows} rows of ${cols} features needs ${Math.ceil(pages / 16_384)} GiB of memory, which are not there (4 GiB at most).`,
    "Use fewer features (--max_features), fewer epochs (--ep_sl) or another --cv_model.",
  );
}

/** The working memory of one of the threads. */
export const scratchOf = ({ memory, rows, cols, scratchSize }: BinnedMatrix, thread: number): Scratch => ({
  memory,
  start: aligned(rows * cols) + thread * scratchSize,
  size: scratchSize,
});

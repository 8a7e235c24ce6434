import { RunError } from "../../errors.js";
import type { BinnedColumns } from "./binned-columns.js";
import { MAX_ROWS } from "./growing/tree-entries.js";
import { type Scratch, sharedBytes } from "./kernel/scratch.js";
import {
  COLUMNS_PER_TASK,
  type MemoryPlan,
  type MemoryWish,
  planMemory,
  rawBlockBytes,
} from "./memory-plan.js";

/** Places kept for the edges of one column: a bin number fits in a byte. */
export const EDGES_PER_COLUMN = 255;

/** Binned columns and their edges, in memory that threads share. */
export interface BinnedMatrix extends BinnedColumns {
  /** float32 [cols, 255], each column's edges ascending, unused places at the end. */
  readonly edges: Float32Array<SharedArrayBuffer>;
  readonly plan: MemoryPlan;
}

/** Bytes that a WebAssembly memory has at most. */
const MEMORY_LIMIT = 2 ** 32;
const PAGE_BYTES = 65_536;

/**
 * Takes memory for the bins of a table and for the threads that make and read them; for fewer threads where it is short.
 * @throws RunError when a single thread would need too much
 */
export function newBinnedMatrix(wish: MemoryWish): BinnedMatrix {
  const { rows, cols } = wish;
  if (rows > MAX_ROWS) throw tooLarge(wish, `${MAX_ROWS} rows are possible at most`);
  const { plan, memory } = reserve(wish);
  return {
    rows,
    cols,
    memory,
    codes: new Uint8Array(sharedBytes(memory), 0, rows * cols),
    edges: new Float32Array(new SharedArrayBuffer(4 * cols * EDGES_PER_COLUMN)),
    plan,
  };
}

/** Takes what is wanted; where the machine has not that much, ever less. */
function reserve(wish: MemoryWish): { plan: MemoryPlan; memory: WebAssembly.Memory } {
  let plan = planMemory(wish, MEMORY_LIMIT);
  while (plan) {
    const pages = Math.ceil(plan.bytes / PAGE_BYTES);
    try {
      return { plan, memory: new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }) };
    } catch {
      plan = planMemory(wish, 0.75 * plan.bytes);
    }
  }
  const least = planMemory({ ...wish, trees: 1, threads: 1 }, Number.POSITIVE_INFINITY)?.bytes ?? 0;
  const limit = least > MEMORY_LIMIT ? "at most 4 are possible" : "the machine does not give them";
  throw tooLarge(wish, `a single thread needs ${(least / 2 ** 30).toFixed(1)} GiB of memory, ${limit}`);
}

const tooLarge = ({ rows, cols }: MemoryWish, why: string): RunError =>
  new RunError(
    `A forest on ${rows} rows of ${cols} features is too large: ${why}.`,
    "Use fewer features (--max_features), fewer epochs (--ep_sl) or another --cv_model.",
  );

/** The working memory of one of the threads that bin. */
export const binningScratch = ({ memory, plan }: BinnedMatrix, thread: number): Scratch =>
  scratchAt(memory, plan.scratchStart, plan.binning.scratchBytes, thread);

/** The working memory of one of the threads that grow trees: where binning had its own. */
export const growingScratch = ({ memory, plan }: BinnedMatrix, thread: number): Scratch =>
  scratchAt(memory, plan.scratchStart, plan.growing.scratchBytes, thread);

const scratchAt = (memory: WebAssembly.Memory, start: number, size: number, thread: number): Scratch => ({
  memory,
  start: start + thread * size,
  size,
});

/** float32 [rows, COLUMNS_PER_TASK], raw columns: block number 0 up to the number of threads that bin. */
export function rawBlock(
  { codes, rows, plan }: BinnedMatrix,
  block: number,
): Float32Array<SharedArrayBuffer> {
  const { threads, scratchBytes } = plan.binning;
  const at = plan.scratchStart + threads * scratchBytes + block * rawBlockBytes(rows);
  return new Float32Array(codes.buffer, at, COLUMNS_PER_TASK * rows);
}

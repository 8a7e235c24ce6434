import { planGrowth } from "./growing/growth-plan.js";
import { splitScratchBytes } from "./growing/split-finder.js";
import { aligned } from "./kernel/scratch.js";

/** Columns that a thread bins at once: runs of 512 bytes of each row read. */
export const COLUMNS_PER_TASK = 128;
/** Of these, columns that are turned around together: a cache line of each row. */
export const COLUMNS_TURNED = 16;
/** Threads that bin, at most: one thread hands columns to all of them. */
const MAX_BINNING_THREADS = 8;
/** Tables that bin a column, and what rounding up takes. */
const BINNING_TABLES = 32_768;
/** Rather fewer threads than fewer trees together than this: each tree on its own costs twice as much. */
const FEW_TOGETHER = 8;

/** What a forest's memory has to serve. */
export interface MemoryWish {
  readonly rows: number;
  readonly cols: number;
  /** Of one forest. */
  readonly trees: number;
  /** Threads there are. */
  readonly threads: number;
}

/** Threads at work on the memory, and bytes that each of them has. */
interface Workspace {
  readonly threads: number;
  readonly scratchBytes: number;
}

/**
 * How the memory is divided: the bins first, and behind them what binning needs, and afterwards, in the same place, what
 * growing needs.
 */
export interface MemoryPlan {
  /** Bytes altogether. */
  readonly bytes: number;
  /** Where the threads' scratches begin. */
  readonly scratchStart: number;
  /** Behind its scratches lie raw columns, blocks of float32 [rows, COLUMNS_PER_TASK]: one a thread and one being filled. */
  readonly binning: Workspace;
  readonly growing: Workspace & {
    /** Trees that a thread grows at once, at most. */
    readonly mostTogether: number;
  };
}

/**
 * Divides the memory: only among threads that have work, and where room is short among fewer of them, which grow fewer
 * trees together.
 * @param limit bytes there are
 * @returns undefined when one thread has no room to work either
 */
export function planMemory(wish: MemoryWish, limit: number): MemoryPlan | undefined {
  const scratchStart = aligned(wish.rows * wish.cols);
  const room = limit - scratchStart;
  const binning = planBinning(wish, room);
  const growing = planGrowing(wish, room);
  if (!binning || !growing) return undefined;
  const behind = Math.max(binningBytes(wish.rows, binning.threads), growing.threads * growing.scratchBytes);
  return { bytes: scratchStart + behind, scratchStart, binning, growing };
}

function planBinning({ rows, threads }: MemoryWish, room: number): Workspace | undefined {
  let count = Math.min(threads, MAX_BINNING_THREADS);
  while (count > 0 && binningBytes(rows, count) > room) count--;
  return count > 0 ? { threads: count, scratchBytes: binningScratchBytes(rows) } : undefined;
}

const binningScratchBytes = (rows: number): number => aligned(4 * COLUMNS_TURNED * rows + BINNING_TABLES);

/** Bytes of raw columns and the threads' scratches. */
const binningBytes = (rows: number, threads: number): number =>
  threads * binningScratchBytes(rows) + (threads + 1) * rawBlockBytes(rows);

/** Bytes of COLUMNS_PER_TASK columns' raw values. */
export const rawBlockBytes = (rows: number): number => 4 * COLUMNS_PER_TASK * rows;

function planGrowing(
  { rows, cols, trees, threads }: MemoryWish,
  room: number,
): MemoryPlan["growing"] | undefined {
  for (let count = Math.min(threads, trees); count > 0; count--) {
    const [wanted] = planGrowth(trees, count);
    const fewest = count > 1 ? Math.min(FEW_TOGETHER, wanted) : 1;
    for (let mostTogether = wanted; mostTogether >= fewest; mostTogether--) {
      const scratchBytes = growingScratchBytes(rows, cols, mostTogether);
      if (count * scratchBytes <= room) return { threads: count, scratchBytes, mostTogether };
    }
  }
  return undefined;
}

/** Room for every tree's entries, and for those of a node that is being divided. */
const growingScratchBytes = (rows: number, cols: number, trees: number): number =>
  (trees + 1) * aligned(4 * rows) + splitScratchBytes(cols, trees);

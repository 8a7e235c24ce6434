import { createRng, sampleWithoutReplacement } from "../../../random/rng.js";
import { type Matrix, notFinite } from "../../table/matrix.js";
import type { WorkerPool } from "../../workers/pool.js";
import { sharedInt32 } from "../../workers/shared-arrays.js";
import { type BinnedMatrix, newBinnedMatrix, rawBlock } from "../binned-matrix.js";
import { COLUMNS_PER_TASK } from "../memory-plan.js";
import type { BinTask } from "./bin-task.js";

/** Rows the edges are taken from: 4 a bin, if the matrix has as many. */
const MAX_EDGE_ROWS = 1024;

/**
 * Bins tables of the same columns, stacked on each other. Labels play no part, so rows held out later may be binned too.
 * @param tables at least one
 * @param trees of the forests to come: memory is planned for that many
 * @throws RunError when a value is NaN or infinite, or the bins do not fit in memory
 */
export async function binMatrix(
  tables: readonly Matrix[],
  pool: WorkerPool,
  { seed, trees }: { readonly seed: string | number; readonly trees: number },
): Promise<BinnedMatrix> {
  const { cols } = tables[0];
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const binned = newBinnedMatrix({ rows, cols, trees, threads: pool.threads });
  const edgeRows = sharedInt32(chooseEdgeRows(rows, seed));
  const count = Math.ceil(cols / COLUMNS_PER_TASK);
  const { threads } = binned.plan.binning;
  const blocks = rawBlockFiller(tables, binned);
  const makeTask = (index: number, thread: number): BinTask => {
    const firstColumn = index * COLUMNS_PER_TASK;
    const numColumns = Math.min(COLUMNS_PER_TASK, cols - firstColumn);
    return {
      kind: "bin",
      binned,
      firstColumn,
      numColumns,
      block: blocks.take(index, thread),
      thread,
      edgeRows,
    };
  };
  const results = await pool.map(count, makeTask, threads);
  const bad = results.find((result) => result.nonFiniteColumn !== undefined);
  if (bad?.nonFiniteColumn !== undefined) throw notFinite(bad.nonFiniteColumn, cols);
  return binned;
}

function chooseEdgeRows(rows: number, seed: string | number): Int32Array {
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  if (rows <= MAX_EDGE_ROWS) return all;
  return sampleWithoutReplacement(createRng(seed).fork("bin-edges"), all, MAX_EDGE_ROWS).sort();
}

/** Fills raw blocks with columns; while the threads are at work on theirs, the spare one with the next columns. */
function rawBlockFiller(tables: readonly Matrix[], binned: BinnedMatrix) {
  const { cols, plan } = binned;
  const { threads } = plan.binning;
  const blockOf = Array.from({ length: threads }, (_, thread) => thread);
  let spare = threads;
  let wanted = 0;
  let filled = -1;
  const fill = (): void => {
    const firstColumn = wanted * COLUMNS_PER_TASK;
    if (filled === wanted || firstColumn >= cols) return;
    const numColumns = Math.min(COLUMNS_PER_TASK, cols - firstColumn);
    gatherColumns(tables, firstColumn, numColumns, rawBlock(binned, spare));
    filled = wanted;
  };
  return {
    /** @returns the block with the columns of task `index`; the one that the thread had is free again */
    take(index: number, thread: number): number {
      wanted = index;
      fill();
      [blockOf[thread], spare] = [spare, blockOf[thread]];
      wanted++;
      setImmediate(fill);
      return blockOf[thread];
    },
  };
}

/** Copies some columns of the stacked tables. @param target float32 [totalRows, COLUMNS_PER_TASK] */
function gatherColumns(
  tables: readonly Matrix[],
  firstColumn: number,
  numColumns: number,
  target: Float32Array,
): void {
  let write = 0;
  for (const { rows, cols, data } of tables) {
    for (let row = 0, read = firstColumn; row < rows; row++, read += cols, write += COLUMNS_PER_TASK) {
      target.set(data.subarray(read, read + numColumns), write);
    }
  }
}

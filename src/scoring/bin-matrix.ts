import { createRng, sampleWithoutReplacement } from "../random/rng.js";
import { type BinnedMatrix, COLUMNS_PER_TASK, newBinnedMatrix, scratchOf } from "./binned-matrix.js";
import { ScratchPieces } from "./kernel/scratch.js";
import { type Matrix, notFinite } from "./matrix.js";
import { sharedInt32 } from "./shared-arrays.js";
import type { WorkerPool } from "./worker-pool.js";

/** Rows gathered together: 16 floats are a cache line of a column written. */
const TILE_ROWS = 16;
/** Rows the edges are taken from: 4 a bin, if the matrix has as many. */
const MAX_EDGE_ROWS = 1024;

/**
 * Bins tables of the same columns, stacked on each other. Labels play no part, so rows held out later may be binned too.
 * @param tables at least one
 * @throws RunError when a value is NaN or infinite, or the bins do not fit in memory
 */
export async function binMatrix(
  tables: readonly Matrix[],
  pool: WorkerPool,
  seed: string | number,
): Promise<BinnedMatrix> {
  const { cols } = tables[0];
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const binned = newBinnedMatrix(rows, cols, pool.threads);
  const edgeRows = sharedInt32(chooseEdgeRows(rows, seed));
  const results = await pool.map(Math.ceil(cols / COLUMNS_PER_TASK), (index, thread) => {
    const firstColumn = index * COLUMNS_PER_TASK;
    const numColumns = Math.min(COLUMNS_PER_TASK, cols - firstColumn);
    const scratch = new ScratchPieces(scratchOf(binned, thread));
    const values = scratch.float32(rows * COLUMNS_PER_TASK);
    gatherColumns(tables, firstColumn, numColumns, rows, values);
    return { kind: "bin", binned, firstColumn, numColumns, thread, edgeRows };
  });
  const bad = results.find((result) => result.nonFiniteColumn !== undefined);
  if (bad?.nonFiniteColumn !== undefined) throw notFinite(bad.nonFiniteColumn, cols);
  return binned;
}

function chooseEdgeRows(rows: number, seed: string | number): Int32Array {
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  if (rows <= MAX_EDGE_ROWS) return all;
  return sampleWithoutReplacement(createRng(seed).fork("bin-edges"), all, MAX_EDGE_ROWS).sort();
}

/** Copies some columns of the stacked tables, each as one run of `totalRows` values. */
function gatherColumns(
  tables: readonly Matrix[],
  firstColumn: number,
  numColumns: number,
  totalRows: number,
  target: Float32Array,
): void {
  let firstRow = 0;
  for (const { rows, cols, data } of tables) {
    // A tile's rows stay in the cache while its columns are written: the table is read from memory once.
    for (let top = 0; top < rows; top += TILE_ROWS) {
      const count = Math.min(TILE_ROWS, rows - top);
      for (let k = 0; k < numColumns; k++) {
        const write = k * totalRows + firstRow + top;
        let read = top * cols + firstColumn + k;
        for (let i = 0; i < count; i++, read += cols) target[write + i] = data[read];
      }
    }
    firstRow += rows;
  }
}

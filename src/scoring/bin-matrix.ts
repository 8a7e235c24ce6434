import { createRng, sampleWithoutReplacement } from "../random/rng.js";
import { type BinnedMatrix, EDGES_PER_COLUMN } from "./binning.js";
import { type Matrix, notFinite } from "./matrix.js";
import { sharedInt32 } from "./shared-arrays.js";
import type { WorkerPool } from "./worker-pool.js";

/** Columns handed to a thread at once: 32 floats fill two cache lines of each row read. */
const COLUMNS_PER_TASK = 32;
/** Rows the edges are taken from: 8 a bin, if the matrix has as many. */
const MAX_EDGE_ROWS = 2048;

/**
 * Bins tables of the same columns, stacked on each other. Labels play no part, so rows held out later may be binned too.
 * @param tables at least one
 * @throws RunError when a value is NaN or infinite
 */
export async function binMatrix(
  tables: readonly Matrix[],
  pool: WorkerPool,
  seed: string | number,
): Promise<BinnedMatrix> {
  const { cols } = tables[0];
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const binned: BinnedMatrix = {
    rows,
    cols,
    codes: new Uint8Array(new SharedArrayBuffer(rows * cols)),
    edges: new Float32Array(new SharedArrayBuffer(4 * cols * EDGES_PER_COLUMN)),
  };
  const edgeRows = sharedInt32(chooseEdgeRows(rows, seed));
  const buffers: Float32Array<SharedArrayBuffer>[] = [];
  const results = await pool.map(Math.ceil(cols / COLUMNS_PER_TASK), (index, thread) => {
    const firstColumn = index * COLUMNS_PER_TASK;
    const numColumns = Math.min(COLUMNS_PER_TASK, cols - firstColumn);
    buffers[thread] ??= new Float32Array(new SharedArrayBuffer(4 * rows * COLUMNS_PER_TASK));
    gatherColumns(tables, firstColumn, numColumns, rows, buffers[thread]);
    return { kind: "bin", binned, firstColumn, numColumns, values: buffers[thread], edgeRows };
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
    for (let row = 0; row < rows; row++) {
      const source = row * cols + firstColumn;
      for (let k = 0, write = firstRow + row; k < numColumns; k++, write += totalRows) {
        target[write] = data[source + k];
      }
    }
    firstRow += rows;
  }
}

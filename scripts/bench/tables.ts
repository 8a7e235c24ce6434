import { createRng } from "../../src/random/rng.js";
import type { Matrix } from "../../src/scoring/table/matrix.js";

/** Columns that tell the labels apart, each a little. */
const informative = 60;

/** Normal noise in which the rows of label 1 stand out a little. */
export function noisyTable(rows: number, cols: number): { table: Matrix; labels: Uint8Array } {
  const rng = createRng("bench-table");
  const labels = Uint8Array.from({ length: rows }, () => rng.int(2));
  const data = new Float32Array(rows * cols);
  const pool = Float32Array.from({ length: 2 ** 20 }, () => rng.normal());
  for (let row = 0; row < rows; row++) {
    // A walk through a large pool of draws: a hundred million draws of their own would take a minute.
    let at = rng.int(pool.length);
    const step = 2 * rng.int(1000) + 1;
    for (let col = 0; col < cols; col++) {
      at = (at + step) % pool.length;
      data[row * cols + col] = pool[at] + (col < informative ? 0.15 * labels[row] : 0);
    }
  }
  return { table: { rows, cols, data }, labels };
}

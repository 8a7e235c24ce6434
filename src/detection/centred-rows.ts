import type { Matrix } from "../scoring/table/matrix.js";

/**
 * Some rows of a table, less their mean.
 * @param rows int32, rows of the table
 * @returns float32 [rows.length, cols]
 */
export function centredRows({ cols, data }: Matrix, rows: Int32Array): Matrix {
  const mean = new Float64Array(cols);
  for (const row of rows) for (let c = 0; c < cols; c++) mean[c] += data[row * cols + c] / rows.length;
  const centred = new Float32Array(rows.length * cols);
  rows.forEach((row, i) => {
    for (let c = 0; c < cols; c++) centred[i * cols + c] = data[row * cols + c] - mean[c];
  });
  return { rows: rows.length, cols, data: centred };
}

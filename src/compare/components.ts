import { EigenvalueDecomposition, Matrix as Square } from "ml-matrix";
import type { Matrix } from "../scoring/table/matrix.js";

/**
 * Principal components: the rows less their mean, along the directions in which they vary most.
 * @param count directions; fewer where the table has fewer columns
 * @returns float64 rows of [count]
 */
export function principalComponents(table: Matrix, count: number): Float64Array[] {
  const { rows, cols, data } = table;
  const mean = new Float64Array(cols);
  for (let i = 0; i < data.length; i++) mean[i % cols] += data[i] / rows;
  const centred = Array.from({ length: rows }, (_, row) =>
    Float64Array.from(data.subarray(row * cols, (row + 1) * cols), (value, c) => value - mean[c]),
  );
  const { eigenvectorMatrix } = new EigenvalueDecomposition(scatter(centred, cols), {
    assumeSymmetric: true,
  });
  // Eigenvalues ascend.
  const directions = Array.from({ length: Math.min(count, cols) }, (_, k) =>
    eigenvectorMatrix.getColumn(cols - 1 - k),
  );
  return centred.map((row) =>
    Float64Array.from(directions, (direction) => {
      let sum = 0;
      for (let c = 0; c < cols; c++) sum += row[c] * direction[c];
      return sum;
    }),
  );
}

/** Sum of the rows' outer products. */
export function scatter(rows: readonly Float64Array[], cols: number): Square {
  const sums = Array.from({ length: cols }, () => new Float64Array(cols));
  for (const row of rows)
    for (let a = 0; a < cols; a++) {
      const [value, line] = [row[a], sums[a]];
      if (value === 0) continue;
      for (let b = 0; b <= a; b++) line[b] += value * row[b];
    }
  const square = new Square(cols, cols);
  for (let a = 0; a < cols; a++)
    for (let b = 0; b <= a; b++) {
      square.set(a, b, sums[a][b]);
      square.set(b, a, sums[a][b]);
    }
  return square;
}

export function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += (a[c] - b[c]) ** 2;
  return sum;
}

/** The mean of some rows. */
export function centre(rows: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows) for (let c = 0; c < mean.length; c++) mean[c] += row[c] / rows.length;
  return mean;
}

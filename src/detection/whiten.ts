import type { Matrix } from "../scoring/table/matrix.js";

/** Share by which covariances are shrunk to none: directions that hardly occur are not blown up. */
const shrinkage = 0.05;

/**
 * Rows in units of what is usual within a class: the pooled covariance of rows about their class's mean becomes that of
 * independent columns of variance 1 (by its Cholesky factor), and every row is brought to length sqrt(cols), so that no
 * single one decides a direction. All rows of a class are treated alike.
 * @param labels int32 [rows], ids of the classes in [0, numClasses)
 * @returns float32 [rows, cols], columns mixed
 */
export function whitenWithinClasses(table: Matrix, labels: Int32Array): Matrix {
  const { rows, cols } = table;
  const data = standardised(centredByClass(table, labels), cols);
  const factor = cholesky(covariance(data, cols), cols);
  for (let row = 0; row < rows; row++) {
    const own = data.subarray(row * cols, (row + 1) * cols);
    solveInPlace(factor, own);
    toLength(own, Math.sqrt(cols));
  }
  return { rows, cols, data };
}

/** Brings a row to a length, in place; a row of zeros stays. */
export function toLength(row: Float32Array, length: number): void {
  const own = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  if (own > 0) for (let c = 0; c < row.length; c++) row[c] *= length / own;
}

function centredByClass({ rows, cols, data }: Matrix, labels: Int32Array): Float32Array {
  const numClasses = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const sums = new Float64Array(numClasses * cols);
  const counts = new Float64Array(numClasses);
  for (let row = 0; row < rows; row++) {
    counts[labels[row]]++;
    for (let c = 0; c < cols; c++) sums[labels[row] * cols + c] += data[row * cols + c];
  }
  return data.map((value, i) => {
    const label = labels[Math.floor(i / cols)];
    return value - sums[label * cols + (i % cols)] / counts[label];
  });
}

/** Changes it in place: columns of variance 1; constant ones stay 0. */
function standardised(data: Float32Array, cols: number): Float32Array {
  const squares = new Float64Array(cols);
  data.forEach((value, i) => {
    squares[i % cols] += value * value;
  });
  const scale = squares.map((sum) => (sum > 0 ? Math.sqrt(data.length / cols / sum) : 0));
  for (let i = 0; i < data.length; i++) data[i] *= scale[i % cols];
  return data;
}

/** Of columns of mean 0 and variance 1, shrunk: float64 [cols, cols], the lower triangle. */
function covariance(data: Float32Array, cols: number): Float64Array {
  const gram = new Float64Array(cols * cols);
  for (let start = 0; start < data.length; start += cols) {
    for (let a = 0; a < cols; a++) {
      const value = data[start + a];
      for (let b = 0, at = a * cols; b <= a; b++, at++) gram[at] += value * data[start + b];
    }
  }
  const rows = data.length / cols;
  for (let a = 0; a < cols; a++) {
    for (let b = 0; b < a; b++) gram[a * cols + b] *= (1 - shrinkage) / rows;
    // A constant column is left alone.
    gram[a * cols + a] = 1;
  }
  return gram;
}

/** L of L L' = matrix, in place of its lower triangle; shrinkage keeps it positive definite. */
function cholesky(matrix: Float64Array, n: number): Float64Array {
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = matrix[a * n + b];
      for (let k = 0; k < b; k++) sum -= matrix[a * n + k] * matrix[b * n + k];
      matrix[a * n + b] = a === b ? Math.sqrt(sum) : sum / matrix[b * n + b];
    }
  }
  return matrix;
}

/** x of L x = row. */
function solveInPlace(factor: Float64Array, row: Float32Array): void {
  const n = row.length;
  for (let a = 0; a < n; a++) {
    let sum = row[a];
    for (let k = 0, at = a * n; k < a; k++, at++) sum -= factor[at] * row[k];
    row[a] = sum / factor[a * n + a];
  }
}

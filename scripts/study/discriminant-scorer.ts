import { principalComponents } from "../../src/detection/principal-components.js";
import type { SplitScorer } from "../../src/detection/split-scorer.js";
import type { Matrix } from "../../src/scoring/table/matrix.js";

/**
 * Least squares of "ranked" (1) against "fit" (0) on the first principal components of all rows, each row scored by the fit
 * without it: (prediction - h y) / (1 - h), h the row's leverage.
 * @param ridge added to the diagonal, of the rows' number
 */
export function discriminantScorer(table: Matrix, components: number, ridge: number): SplitScorer {
  return {
    async score(fit, ranked) {
      const rows = Int32Array.from([...fit, ...ranked]);
      const z = principalComponents(standardised(table, rows), components);
      const width = components + 1;
      const gram = Array.from({ length: width }, () => new Float64Array(width));
      const right = new Float64Array(width);
      const at = (i: number, c: number) => (c === components ? 1 : z[c][i]);
      for (let i = 0; i < rows.length; i++) {
        const y = i < fit.length ? 0 : 1;
        for (let a = 0; a < width; a++) {
          right[a] += at(i, a) * y;
          for (let b = 0; b < width; b++) gram[a][b] += at(i, a) * at(i, b);
        }
      }
      for (let a = 0; a < components; a++) gram[a][a] += ridge * rows.length;
      const inverse = inverted(gram);
      const weights = inverse.map((line) => line.reduce((sum, value, b) => sum + value * right[b], 0));
      const scores = Float64Array.from(rows, (_, i) => {
        const y = i < fit.length ? 0 : 1;
        let [prediction, leverage] = [0, 0];
        for (let a = 0; a < width; a++) {
          prediction += at(i, a) * weights[a];
          for (let b = 0; b < width; b++) leverage += at(i, a) * inverse[a][b] * at(i, b);
        }
        return (prediction - leverage * y) / (1 - leverage);
      });
      return { fit: scores.slice(0, fit.length), ranked: scores.slice(fit.length) };
    },
    close: async () => {},
  };
}

/** The rows asked for, columns of mean 0 and variance 1 over them. */
function standardised({ cols, data }: Matrix, rows: Int32Array): Matrix {
  const n = rows.length;
  const x = new Float32Array(n * cols);
  for (let c = 0; c < cols; c++) {
    let [sum, squares] = [0, 0];
    for (const row of rows) {
      const value = data[row * cols + c];
      sum += value;
      squares += value * value;
    }
    const mean = sum / n;
    const deviation = Math.sqrt(Math.max(1e-12, squares / n - mean * mean));
    rows.forEach((row, i) => {
      x[i * cols + c] = (data[row * cols + c] - mean) / deviation;
    });
  }
  return { rows: n, cols, data: x };
}

/** Gauss-Jordan with pivots. */
function inverted(matrix: readonly Float64Array[]): Float64Array[] {
  const n = matrix.length;
  const a = matrix.map((line, i) => [...line, ...Array.from({ length: n }, (_, k) => (k === i ? 1 : 0))]);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(a[r][c]) > Math.abs(a[pivot][c])) pivot = r;
    [a[c], a[pivot]] = [a[pivot], a[c]];
    const scale = a[c][c];
    for (let k = 0; k < 2 * n; k++) a[c][k] /= scale;
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const factor = a[r][c];
      if (factor !== 0) for (let k = 0; k < 2 * n; k++) a[r][k] -= factor * a[c][k];
    }
  }
  return a.map((line) => Float64Array.from(line.slice(n)));
}

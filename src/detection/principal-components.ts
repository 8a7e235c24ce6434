import { createRng } from "../random/rng.js";
import type { Matrix } from "../scoring/table/matrix.js";

/** Rounds of orthogonal iteration; what stands out has long converged, what does not need not. */
const rounds = 10;

/**
 * Some rows on the directions in which they vary most, each of mean 0 and variance 1 over them: by orthogonal iteration from
 * a fixed start. All rows are treated alike.
 * @param rows int32, rows of the table
 * @param count fewer where the table has fewer rows or columns
 * @returns a float64 [rows.length] for each direction, strongest first
 */
export function principalComponents(table: Matrix, rows: Int32Array, count: number): Float64Array[] {
  const { cols } = table;
  const centred = centredRows(table, rows);
  const rng = createRng("principal-components");
  const numComponents = Math.min(count, cols, rows.length);
  let directions = orthonormal(
    Array.from({ length: numComponents }, () => Float64Array.from({ length: cols }, () => rng.normal())),
  );
  for (let round = 0; round < rounds; round++) directions = orthonormal(turned(centred, cols, directions));
  return directions.map((direction) => unitVariance(project(centred, cols, direction)));
}

function centredRows({ cols, data }: Matrix, rows: Int32Array): Float32Array {
  const mean = new Float64Array(cols);
  for (const row of rows) for (let c = 0; c < cols; c++) mean[c] += data[row * cols + c] / rows.length;
  const centred = new Float32Array(rows.length * cols);
  rows.forEach((row, i) => {
    for (let c = 0; c < cols; c++) centred[i * cols + c] = data[row * cols + c] - mean[c];
  });
  return centred;
}

/** x d */
function project(x: Float32Array, cols: number, direction: Float64Array): Float64Array {
  const values = new Float64Array(x.length / cols);
  for (let i = 0, at = 0; i < values.length; i++) {
    let sum = 0;
    for (let c = 0; c < cols; c++, at++) sum += x[at] * direction[c];
    values[i] = sum;
  }
  return values;
}

/**
 * x' x d of every direction d, four at a time: x is larger than a cache, and to read it takes as long as to reckon. Every sum is in
 * the order that it would have alone.
 */
function turned(x: Float32Array, cols: number, directions: readonly Float64Array[]): Float64Array[] {
  const none = () => new Float64Array(cols);
  const next = directions.map(none);
  for (let k = 0; k < directions.length; k += 4) {
    const four = (of: readonly Float64Array[]) => [0, 1, 2, 3].map((j) => of[k + j] ?? none());
    const [d0, d1, d2, d3] = four(directions);
    const [n0, n1, n2, n3] = four(next);
    for (let at = 0; at < x.length; at += cols) {
      let [w0, w1, w2, w3] = [0, 0, 0, 0];
      for (let c = 0; c < cols; c++) {
        const value = x[at + c];
        w0 += value * d0[c];
        w1 += value * d1[c];
        w2 += value * d2[c];
        w3 += value * d3[c];
      }
      for (let c = 0; c < cols; c++) {
        const value = x[at + c];
        n0[c] += w0 * value;
        n1[c] += w1 * value;
        n2[c] += w2 * value;
        n3[c] += w3 * value;
      }
    }
  }
  return next;
}

/** Gram-Schmidt, twice. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = vector.slice();
    for (let round = 0; round < 2; round++) {
      for (const other of done) {
        const overlap = rest.reduce((sum, value, c) => sum + value * other[c], 0);
        for (let c = 0; c < rest.length; c++) rest[c] -= overlap * other[c];
      }
    }
    const length = Math.sqrt(rest.reduce((sum, value) => sum + value * value, 0));
    done.push(length > 0 ? rest.map((value) => value / length) : rest);
  }
  return done;
}

function unitVariance(values: Float64Array): Float64Array {
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  return deviation > 0 ? values.map((value) => value / deviation) : values;
}

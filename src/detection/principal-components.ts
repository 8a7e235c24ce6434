import { createRng } from "../random/rng.js";
import type { Matrix } from "../scoring/table/matrix.js";

/** Rounds of orthogonal iteration; what stands out has long converged, what does not need not. */
const rounds = 5;
/** Directions that a row is multiplied with while it is at hand. */
const together = 4;

/**
 * Rows on the directions in which they vary most, each of mean 0 and variance 1 over them: by orthogonal iteration from a
 * fixed start. All rows are treated alike.
 * @param centred rows of mean 0
 * @param count fewer where the table has fewer rows or columns
 * @returns a float64 [rows] for each direction, strongest first
 */
export function principalComponents(centred: Matrix, count: number): Float64Array[] {
  const { rows, cols } = centred;
  const rng = createRng("principal-components");
  const numComponents = Math.min(count, cols, rows);
  let directions = orthonormal(
    Array.from({ length: numComponents }, () => Float64Array.from({ length: cols }, () => rng.normal())),
  );
  for (let round = 0; round < rounds; round++)
    directions = orthonormal(inFours(directions, (some) => turned(centred, some)));
  return inFours(directions, (some) => projected(centred, some)).map(unitVariance);
}

function inFours(
  directions: readonly Float64Array[],
  work: (some: readonly Float64Array[]) => Float64Array[],
): Float64Array[] {
  const starts = Array.from({ length: Math.ceil(directions.length / together) }, (_, i) => i * together);
  return starts.flatMap((start) => {
    const some = directions.slice(start, start + together);
    return work(padded(some)).slice(0, some.length);
  });
}

/** Always as many, so that the loops over a row are without a branch. */
const padded = (some: readonly Float64Array[]): Float64Array[] =>
  Array.from({ length: together }, (_, i) => some[i] ?? new Float64Array(some[0].length));

/** x d of each */
function projected({ rows, cols, data }: Matrix, [a, b, c, d]: readonly Float64Array[]): Float64Array[] {
  const found = Array.from({ length: together }, () => new Float64Array(rows));
  for (let i = 0, at = 0; i < rows; i++) {
    let [sumA, sumB, sumC, sumD] = [0, 0, 0, 0];
    for (let k = 0; k < cols; k++, at++) {
      const value = data[at];
      sumA += value * a[k];
      sumB += value * b[k];
      sumC += value * c[k];
      sumD += value * d[k];
    }
    [found[0][i], found[1][i], found[2][i], found[3][i]] = [sumA, sumB, sumC, sumD];
  }
  return found;
}

/** x' x d of each */
function turned(x: Matrix, directions: readonly Float64Array[]): Float64Array[] {
  const { rows, cols, data } = x;
  const [weightsA, weightsB, weightsC, weightsD] = projected(x, directions);
  const next = Array.from({ length: together }, () => new Float64Array(cols));
  const [a, b, c, d] = next;
  for (let i = 0, at = 0; i < rows; i++) {
    const [weightA, weightB, weightC, weightD] = [weightsA[i], weightsB[i], weightsC[i], weightsD[i]];
    for (let k = 0; k < cols; k++, at++) {
      const value = data[at];
      a[k] += weightA * value;
      b[k] += weightB * value;
      c[k] += weightC * value;
      d[k] += weightD * value;
    }
  }
  return next;
}

/** Gram-Schmidt, twice. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = vector.slice();
    for (let round = 0; round < 2; round++) for (const other of done) add(rest, other, -dot(rest, other));
    const length = Math.sqrt(dot(rest, rest));
    done.push(length > 0 ? rest.map((value) => value / length) : rest);
  }
  return done;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

function add(sum: Float64Array, other: Float64Array, factor: number): void {
  for (let k = 0; k < sum.length; k++) sum[k] += factor * other[k];
}

function unitVariance(values: Float64Array): Float64Array {
  const deviation = Math.sqrt(dot(values, values) / values.length);
  return deviation > 0 ? values.map((value) => value / deviation) : values;
}

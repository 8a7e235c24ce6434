/** float32 [rows, cols] */
interface Table {
  readonly cols: number;
  readonly data: Float32Array;
}

/**
 * The images most like one: by Euclidean distance over what is known of each, every column in units of its standard deviation over the
 * candidates.
 * @param candidates int32, rows of the table
 * @returns a function from a row to its `count` nearest candidates but itself, nearest first
 */
export function nearestAmong(
  { cols, data }: Table,
  candidates: Int32Array,
  count: number,
): (row: number) => Int32Array {
  const weights = inverseVariances({ cols, data }, candidates);
  const distance = (a: number, b: number): number => {
    let sum = 0;
    for (let i = 0; i < cols; i++) sum += weights[i] * (data[a * cols + i] - data[b * cols + i]) ** 2;
    return sum;
  };
  return (row) => {
    const others = candidates.filter((candidate) => candidate !== row);
    const distances = new Map(Array.from(others, (other) => [other, distance(row, other)]));
    const far = (other: number) => distances.get(other) ?? 0;
    return others.sort((a, b) => far(a) - far(b) || a - b).slice(0, count);
  };
}

/** float64 [cols]; 0 for a column that does not vary. */
function inverseVariances({ cols, data }: Table, rows: Int32Array): Float64Array {
  const [sums, squares] = [new Float64Array(cols), new Float64Array(cols)];
  for (const row of rows) {
    for (let i = 0; i < cols; i++) {
      const value = data[row * cols + i];
      sums[i] += value;
      squares[i] += value * value;
    }
  }
  return sums.map((sum, i) => {
    const mean = sum / rows.length;
    const variance = squares[i] / rows.length - mean * mean;
    return variance > 1e-12 * (mean * mean + 1e-30) ? 1 / variance : 0;
  });
}

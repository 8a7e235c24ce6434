/** Calls `look` with every row, in order; the row may be overwritten afterwards. */
export type EachRow = (look: (row: Float32Array, place: number) => void) => Promise<void>;

/**
 * How much each row has in common with some: the cosine of its angle with the sum of their directions, less what a row in
 * that sum is like itself. All rows are less their mean. Looks at them three times and keeps none.
 * @param weights float64, of each row in the sum
 * @returns float64, as many
 */
export async function likenessTo(weights: Float64Array, eachRow: EachRow): Promise<Float64Array> {
  let mean = new Float64Array(0);
  await eachRow((row) => {
    if (mean.length === 0) mean = new Float64Array(row.length);
    for (let c = 0; c < row.length; c++) mean[c] += row[c] / weights.length;
  });
  const centred = new Float64Array(mean.length);
  const directionOf = (row: Float32Array): Float64Array => {
    let squares = 0;
    for (let c = 0; c < row.length; c++) {
      centred[c] = row[c] - mean[c];
      squares += centred[c] * centred[c];
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let c = 0; c < row.length; c++) centred[c] *= scale;
    return centred;
  };
  const sum = new Float64Array(mean.length);
  await eachRow((row, place) => {
    if (weights[place] === 0) return;
    directionOf(row);
    for (let c = 0; c < sum.length; c++) sum[c] += weights[place] * centred[c];
  });
  const likeness = new Float64Array(weights.length);
  await eachRow((row, place) => {
    const direction = directionOf(row);
    let dot = 0;
    for (let c = 0; c < sum.length; c++) dot += sum[c] * direction[c];
    likeness[place] = dot - weights[place];
  });
  return likeness;
}

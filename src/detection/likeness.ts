import { median, medianDeviation } from "../statistics/median.js";

/** Calls `look` with every row, in order; the row may be overwritten afterwards. */
export type EachRow = (look: (row: Float32Array, place: number) => void) => Promise<void>;

/** How often the rows that have much in common are chosen anew. */
const rounds = 3;
/** A row has much in common with others from so many deviations on, the more the more, up to as many again. */
const farFrom = 3;
/** Deviation of normal values of which the median distance from the median is 1. */
const deviationOfMedian = 1.4826;

/**
 * How much each row has in common with some: the cosine of its angle with the sum of their directions, less what a row in
 * that sum is like itself. Those with the most take the place of the first ones, a few times: of rows that share something
 * the first may have been a part. All rows are less their mean. Looks at them several times and keeps none.
 * @param first float64, weights of the first ones, 0 of all other rows
 * @returns float64, as many
 */
export async function likenessTo(first: Float64Array, eachRow: EachRow): Promise<Float64Array> {
  const mean = await meanOf(first.length, eachRow);
  let weights = first;
  let likeness = new Float64Array(first.length);
  for (let round = 0; round < rounds && weights.some((weight) => weight > 0); round++) {
    likeness = await likenessOnce(weights, mean, eachRow);
    weights = muchOf(likeness);
  }
  return likeness;
}

async function meanOf(rows: number, eachRow: EachRow): Promise<Float64Array> {
  let mean = new Float64Array(0);
  await eachRow((row) => {
    if (mean.length === 0) mean = new Float64Array(row.length);
    for (let c = 0; c < row.length; c++) mean[c] += row[c] / rows;
  });
  return mean;
}

async function likenessOnce(
  weights: Float64Array,
  mean: Float64Array,
  eachRow: EachRow,
): Promise<Float64Array<ArrayBuffer>> {
  const direction = new Float64Array(mean.length);
  const setDirection = (row: Float32Array) => {
    let squares = 0;
    for (let c = 0; c < row.length; c++) {
      direction[c] = row[c] - mean[c];
      squares += direction[c] * direction[c];
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let c = 0; c < row.length; c++) direction[c] *= scale;
  };
  const sum = new Float64Array(mean.length);
  await eachRow((row, place) => {
    if (weights[place] === 0) return;
    setDirection(row);
    for (let c = 0; c < sum.length; c++) sum[c] += weights[place] * direction[c];
  });
  const likeness = new Float64Array(weights.length);
  await eachRow((row, place) => {
    setDirection(row);
    let dot = 0;
    for (let c = 0; c < sum.length; c++) dot += sum[c] * direction[c];
    likeness[place] = dot - weights[place];
  });
  return likeness;
}

function muchOf(likeness: Float64Array): Float64Array {
  const middle = median(likeness);
  const deviation = deviationOfMedian * medianDeviation(likeness, middle);
  if (deviation === 0) return new Float64Array(likeness.length);
  return likeness.map((value) => Math.min(farFrom, Math.max(0, (value - middle) / deviation - farFrom)));
}

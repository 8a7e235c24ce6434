/** Ranks from 1, ascending; equal values share the mean of theirs. @returns float64 [values] */
export function ranks(values: Float64Array): Float64Array {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
  const found = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) found[order[i]] = (start + end + 1) / 2;
    start = end;
  }
  return found;
}

/** Positions of the values, the highest first; of equal ones the first. */
export const highestFirst = (values: Float64Array): number[] =>
  [...values.keys()].sort((a, b) => values[b] - values[a] || a - b);

/**
 * Spearman's rank correlation.
 * @returns in [-1, 1]; undefined where one of them does not vary
 */
export function spearman(a: Float64Array, b: Float64Array): number | undefined {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - middle) * (y[i] - middle);
    xx += (x[i] - middle) ** 2;
    yy += (y[i] - middle) ** 2;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : undefined;
}

/**
 * Area under the ROC curve: the chance that a positive scores higher than a negative, equal ones counting half.
 * @returns in [0, 1]; undefined without positives or without negatives
 */
export function areaUnderRoc(positives: Float64Array, negatives: Float64Array): number | undefined {
  const [n, m] = [positives.length, negatives.length];
  if (n === 0 || m === 0) return undefined;
  const all = ranks(Float64Array.from([...positives, ...negatives]));
  const sum = all.subarray(0, n).reduce((total, rank) => total + rank, 0);
  return (sum - (n * (n + 1)) / 2) / (n * m);
}

/**
 * Positives above the lowest cut that flags at most a share of the negatives.
 * @param share in [0, 1]
 */
export function positivesAt(share: number, positives: Float64Array, negatives: Float64Array): number {
  const descending = negatives.slice().sort().reverse();
  // The first negative that may not be flagged.
  const limit = descending[Math.floor(share * negatives.length + 1e-9)] ?? Number.NEGATIVE_INFINITY;
  return positives.filter((score) => score > limit).length;
}

/** The middle value; of an even number the mean of both middle ones, of none NaN. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The median distance of the values from their middle. */
export const medianDeviation = (values: ArrayLike<number>, middle: number): number =>
  median(Float64Array.from(values, (value) => Math.abs(value - middle)));

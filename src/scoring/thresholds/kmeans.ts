/** Two clusters of scores and the threshold between them. */
export interface KmeansThreshold {
  /** Half-way between `lowMax` and `highMin`; a sample is flagged when its score is above. */
  readonly threshold: number;
  /** Means of the lower and of the higher cluster. */
  readonly centers: readonly [number, number];
  /** Highest score of the lower cluster, lowest of the higher one. */
  readonly lowMax: number;
  readonly highMin: number;
  /** Ashman's D: distance of the means over the root mean square of the two standard deviations; 0 without two clusters. */
  readonly separation: number;
}

/**
 * Two-means clustering of scores, exactly: in one dimension the best clusters are a cut of the sorted scores, so all
 * cuts are tried. No k-means++ starts and no restarts are needed, and the result does not depend on the order.
 *
 * Scores that are all equal make one cluster: the threshold is that score, so that nothing is above it. Without
 * scores everything is NaN, and nothing is above that either.
 * @param scores [numSamples]
 * @throws Error when a score is NaN
 */
export function kmeansThreshold(scores: ArrayLike<number>): KmeansThreshold {
  const sorted = sortedScores(scores);
  const count = sorted.length;
  const lowest = count > 0 ? sorted[0] : Number.NaN;
  if (count === 0 || sorted[count - 1] === lowest) {
    return { threshold: lowest, centers: [lowest, lowest], lowMax: lowest, highMin: lowest, separation: 0 };
  }
  const cut = bestCut(sorted);
  const low = momentsOf(sorted.subarray(0, cut));
  const high = momentsOf(sorted.subarray(cut));
  const lowMax = sorted[cut - 1];
  const highMin = sorted[cut];
  const middle = (lowMax + highMin) / 2;
  return {
    threshold: middle < highMin ? middle : lowMax,
    centers: [low.mean, high.mean],
    lowMax,
    highMin,
    separation: (high.mean - low.mean) / Math.sqrt((low.variance + high.variance) / 2),
  };
}

/**
 * Whether two clusters of scores are really two groups. Cutting any scores in two gives some separation: 2.65 for one
 * normal distribution, 2.6 for an exponential, 3.46 for a uniform one. Two groups have to be further apart than that.
 */
export function isSeparated({ separation }: KmeansThreshold): boolean {
  return separation >= SEPARATED;
}

/** Smallest `separation` of clusters that are not the halves of one group. */
const SEPARATED = 4;

/** float64, ascending. @throws Error when a score is NaN */
export function sortedScores(scores: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(scores).sort();
  if (sorted.some(Number.isNaN)) throw new Error("A score is NaN.");
  return sorted;
}

/** The size of the lower cluster that leaves the least squared distance to the means. */
function bestCut(sorted: Float64Array): number {
  const count = sorted.length;
  const { mean } = momentsOf(sorted);
  let best = -1;
  let cut = 1;
  // With the mean at 0, low and high sums are opposite, and the squared distance between the clusters is
  // lowSum^2 (1/low + 1/high): the larger it is, the smaller the distances within them.
  for (let low = 1, lowSum = sorted[0] - mean; low < count; lowSum += sorted[low++] - mean) {
    const between = lowSum * lowSum * (1 / low + 1 / (count - low));
    if (between > best && sorted[low] > sorted[low - 1]) {
      best = between;
      cut = low;
    }
  }
  return cut;
}

function momentsOf(values: Float64Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

import { median, medianDeviation } from "../statistics/median.js";
import { highestFirst } from "../statistics/ranks.js";

/**
 * Flags the highest scores.
 * @param count how many, rounded down; at most half of all
 * @returns uint8, 1 where flagged
 */
export function topOf(scores: Float64Array, count: number): Uint8Array {
  const most = Math.floor(Math.min(count + 1e-9, scores.length / 2));
  const flagged = new Uint8Array(scores.length);
  for (const i of highestFirst(scores).slice(0, most)) flagged[i] = 1;
  return flagged;
}

/** Robust z above which a score is an outlier (Iglewicz and Hoaglin, 1993). */
const outlier = 3.5;

/** Flags scores far above the median, 0.6745 (score - median) / MAD > 3.5. @returns uint8, 1 where flagged */
export function highOutliers(scores: Float64Array): Uint8Array {
  const middle = median(scores);
  const spread = medianDeviation(scores, middle);
  return Uint8Array.from(scores, (score) => (0.6745 * (score - middle) > outlier * spread ? 1 : 0));
}

/**
 * Flags what is below a percentile of the trusted members' values (linear interpolation, as in NumPy).
 * @param percent in [0, 100]
 * @returns uint8, 1 where flagged; nothing without trusted members
 */
export function belowPercentile(values: Float64Array, trusted: Int32Array, percent: number): Uint8Array {
  const sorted = Float64Array.from(trusted, (member) => values[member]).sort();
  if (sorted.length === 0) return new Uint8Array(values.length);
  const place = (percent / 100) * (sorted.length - 1);
  const below = Math.floor(place);
  const above = sorted[Math.min(below + 1, sorted.length - 1)];
  const limit = sorted[below] + (place - below) * (above - sorted[below]);
  return Uint8Array.from(values, (value) => (value < limit ? 1 : 0));
}

import type { Interval } from "./clopper-pearson.js";
import { incompleteBetaInverse } from "./incomplete-beta.js";

/** A mean, and where the mean of ever more values would lie. */
export interface MeanInterval extends Interval {
  readonly mean: number;
}

/**
 * The mean of independent values, e.g. one a seed, with Student's t interval.
 * @returns undefined without values; one value alone says nothing of the others: its bounds are infinite
 */
export function meanInterval(values: readonly number[], confidence = 0.95): MeanInterval | undefined {
  const n = values.length;
  if (n === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const halfWidth =
    n === 1
      ? Number.POSITIVE_INFINITY
      : studentQuantile(confidence, n - 1) * Math.sqrt(squares / (n - 1) / n);
  return { mean, lower: mean - halfWidth, upper: mean + halfWidth };
}

/** The t that |T| stays below with this probability: of T² / (T² + ν), one minus which is beta distributed. */
function studentQuantile(probability: number, degreesOfFreedom: number): number {
  const x = incompleteBetaInverse(1 - probability, degreesOfFreedom / 2, 0.5);
  return Math.sqrt((degreesOfFreedom * (1 - x)) / x);
}

import type { Interval } from "./clopper-pearson.js";

/** Of the standard normal distribution, 97.5 %. */
const z = 1.959963984540054;

/**
 * The 95 % interval of an area under the ROC curve, also where positives and negatives are few or do not overlap (Newcombe, Statistics
 * in Medicine 25, 2006, part 2, method 5): all areas from which the one found is no further than z of their own standard errors.
 * @param area found, in [0, 1]
 * @returns in [0, 1]
 */
export function areaInterval(area: number, positives: number, negatives: number): Interval {
  const n = (positives + negatives) / 2;
  /** How far the area found may lie from this one. */
  const reach = (one: number): number => {
    const spread = 1 + (n - 1) * ((1 - one) / (2 - one) + one / (1 + one));
    return z * Math.sqrt((one * (1 - one) * spread) / (positives * negatives));
  };
  const outermost = (end: 0 | 1): number => {
    let [inside, outside] = [area, end as number];
    for (let step = 0; step < 60; step++) {
      const middle = (inside + outside) / 2;
      if (Math.abs(middle - area) <= reach(middle)) inside = middle;
      else outside = middle;
    }
    return inside;
  };
  return { lower: outermost(0), upper: outermost(1) };
}

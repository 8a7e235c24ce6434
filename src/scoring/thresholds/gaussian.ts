import { fitGaussianMixture, type GaussianMixture, logDensity } from "./gaussian-mixture.js";
import { kmeansThreshold, sortedScores } from "./kmeans.js";

/** A two-component Gaussian mixture of the scores (lower mean first) and the threshold between the components. */
export interface GaussianThreshold extends GaussianMixture {
  /** A sample is flagged when its score is above. */
  readonly threshold: number;
  /** False when the weighted densities do not cross between the means: the threshold is then the means' midpoint. */
  readonly crossed: boolean;
}

/** Points of the grid on which the crossing is looked for, from the lowest to the highest score. */
const GRID_POINTS = 1000;

/**
 * The first grid point at which the other component's weighted density takes over, strictly between the two means.
 *
 * Scores that are all equal have no two components: the threshold is that score, so that nothing is above it.
 * Without scores everything is NaN, and nothing is above that either.
 * @param scores [numSamples]
 * @throws Error when a score is NaN
 */
export function gaussianThreshold(scores: ArrayLike<number>): GaussianThreshold {
  const sorted = sortedScores(scores);
  const lowest = sorted.length > 0 ? sorted[0] : Number.NaN;
  const highest = sorted.length > 0 ? sorted[sorted.length - 1] : Number.NaN;
  if (!(lowest < highest)) {
    const alone = { means: [lowest, lowest], stds: [0, 0], weights: [1, 0] } as const;
    return { threshold: lowest, crossed: false, ...alone };
  }
  const mixture = fitGaussianMixture(sorted, kmeansThreshold(sorted).lowMax);
  const [low, high] = mixture.means;
  const crossing = firstCrossing(mixture, lowest, highest);
  return { threshold: crossing ?? (low + high) / 2, crossed: crossing !== undefined, ...mixture };
}

function firstCrossing(mixture: GaussianMixture, lowest: number, highest: number): number | undefined {
  const [low, high] = mixture.means;
  const step = (highest - lowest) / (GRID_POINTS - 1);
  const leader = (score: number): number =>
    Math.sign(logDensity(mixture, 1, score) - logDensity(mixture, 0, score));
  for (let point = 0; point + 1 < GRID_POINTS; point++) {
    const here = lowest + point * step;
    const next = lowest + (point + 1) * step;
    if (here > low && next < high && leader(here) !== leader(next)) return here;
  }
  return undefined;
}

/** A mixture of two normal distributions, the lower mean first. */
export interface GaussianMixture {
  readonly means: readonly [number, number];
  readonly stds: readonly [number, number];
  /** Of sum 1. */
  readonly weights: readonly [number, number];
}

/** Added to variances, ends an iteration, and bounds their number: scikit-learn's defaults. */
const REGULARISATION = 1e-6;
const TOLERANCE = 1e-3;
const MAX_ITERATIONS = 100;

/**
 * Fits a two-component mixture by expectation maximisation, step by step as scikit-learn's GaussianMixture does.
 * @param scores [numSamples], at least one on either side of `boundary`
 * @param boundary the components start from the scores above it and from the others
 */
export function fitGaussianMixture(scores: Float64Array, boundary: number): GaussianMixture {
  let highShares = scores.map((score) => (score > boundary ? 1 : 0));
  let mixture = maximise(scores, highShares);
  let previous = Number.NEGATIVE_INFINITY;
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const expected = expect(scores, mixture);
    highShares = expected.highShares;
    mixture = maximise(scores, highShares);
    if (Math.abs(expected.meanLogLikelihood - previous) < TOLERANCE) break;
    previous = expected.meanLogLikelihood;
  }
  return inOrder(mixture);
}

/** Log of a component's weighted density: it does not underflow far from the mean. */
export function logDensity(mixture: GaussianMixture, component: 0 | 1, score: number): number {
  const std = mixture.stds[component];
  const distance = (score - mixture.means[component]) / std;
  return Math.log(mixture.weights[component] / (std * Math.sqrt(2 * Math.PI))) - (distance * distance) / 2;
}

/** Each score's share in component 1, and the mean log likelihood. */
function expect(scores: Float64Array, mixture: GaussianMixture) {
  let sum = 0;
  const highShares = scores.map((score) => {
    const low = logDensity(mixture, 0, score);
    const high = logDensity(mixture, 1, score);
    const top = Math.max(low, high);
    const logSum = top + Math.log(Math.exp(low - top) + Math.exp(high - top));
    sum += logSum;
    return Math.exp(high - logSum);
  });
  return { highShares, meanLogLikelihood: sum / scores.length };
}

function maximise(scores: Float64Array, highShares: Float64Array): GaussianMixture {
  const low = weightedMoments(scores, (i) => 1 - highShares[i]);
  const high = weightedMoments(scores, (i) => highShares[i]);
  const total = low.weight + high.weight;
  return {
    means: [low.mean, high.mean],
    stds: [low.std, high.std],
    weights: [low.weight / total, high.weight / total],
  };
}

function weightedMoments(scores: Float64Array, share: (i: number) => number) {
  let weight = 10 * Number.EPSILON;
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    weight += share(i);
    sum += share(i) * scores[i];
  }
  const mean = sum / weight;
  let squares = 0;
  for (let i = 0; i < scores.length; i++) squares += share(i) * (scores[i] - mean) ** 2;
  return { weight, mean, std: Math.sqrt(squares / weight + REGULARISATION) };
}

function inOrder({ means, stds, weights }: GaussianMixture): GaussianMixture {
  if (means[0] <= means[1]) return { means, stds, weights };
  return { means: [means[1], means[0]], stds: [stds[1], stds[0]], weights: [weights[1], weights[0]] };
}

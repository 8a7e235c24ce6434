import { countBelow } from "./conformal.js";

/**
 * Conformal e-values (Bashari et al., arXiv:2302.07294, section 2.2): with T the lowest of all scores at which the estimated share of
 * clean among the suspects at or above it, m / (n + 1) * (1 + #{reference >= T}) / #{scores >= T}, is at most `level`,
 * e_j = (n + 1) [score_j >= T] / (1 + #{reference >= T}); all 0 where no score is such a T.
 *
 * The expected sum over clean suspects is at most m where they are exchangeable with the reference. So is that of any
 * average over several splits, which Benjamini-Hochberg's p-values do not allow.
 * @param scores float64 [m], higher is more suspicious
 * @param reference float64 [n]
 * @param level in (0, 1); the same as the rate in `eBenjaminiHochberg` gives Benjamini-Hochberg's findings for one split
 */
export function conformalEValues(scores: Float64Array, reference: Float64Array, level: number): Float64Array {
  const suspects = scores.slice().sort();
  const trusted = reference.slice().sort();
  const [m, n] = [suspects.length, trusted.length];
  // Only at suspects' scores it would be known who is the lowest of those above, and the sum would be larger than m.
  for (const threshold of Float64Array.from([...suspects, ...trusted]).sort()) {
    const clean = 1 + n - countBelow(trusted, threshold);
    const flagged = m - countBelow(suspects, threshold);
    if ((m * clean) / ((n + 1) * flagged) <= level)
      return scores.map((score) => (score >= threshold ? (n + 1) / clean : 0));
  }
  return new Float64Array(m);
}

/**
 * Benjamini-Hochberg with e-values (Wang and Ramdas, arXiv:2009.02824): flags the k* largest, k* the largest k whose k-th
 * largest e-value is at least m / (q k). Of the flagged, on average at most the share q is clean, however they depend on
 * each other.
 * @returns uint8 [m], 1 where flagged
 */
export function eBenjaminiHochberg(eValues: Float64Array, q: number): Uint8Array {
  const descending = eValues.slice().sort().reverse();
  const m = descending.length;
  let last = -1;
  descending.forEach((value, i) => {
    if (value * (i + 1) * q >= m * (1 - 1e-12)) last = i;
  });
  const limit = last < 0 ? Number.POSITIVE_INFINITY : descending[last];
  return Uint8Array.from(eValues, (value) => (value >= limit ? 1 : 0));
}

/** The mean of several float64 arrays of one length, such as e-values or scores of several splits. */
export function meanOf(arrays: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(arrays[0].length);
  for (const array of arrays) for (let i = 0; i < mean.length; i++) mean[i] += array[i] / arrays.length;
  return mean;
}

/** Positions of the values from the smallest to the largest; equal ones in their order. */
const ascending = (values: Float64Array): Int32Array =>
  Int32Array.from(values.keys()).sort((a, b) => values[a] - values[b] || a - b);

/**
 * Benjamini-Hochberg (1995): the smallest false discovery rate at which each finding is made, min over k >= rank of
 * m p_(k) / k. Flag those <= q: of the flagged, on average at most the share q is clean. With conformal p-values it holds
 * although they depend on each other through the reference (Bates et al., arXiv:2104.08279, theorem 2).
 * @returns float64 [m], in [0, 1]
 */
export function benjaminiHochberg(pValues: Float64Array): Float64Array {
  const order = ascending(pValues);
  const m = order.length;
  const adjusted = new Float64Array(m);
  let smallest = 1;
  for (let rank = m; rank >= 1; rank--) {
    const at = order[rank - 1];
    smallest = Math.min(smallest, (m * pValues[at]) / rank);
    adjusted[at] = smallest;
  }
  return adjusted;
}

/**
 * Holm (1979): the smallest family-wise error level at which each hypothesis is rejected, max over k <= rank of
 * (m - k + 1) p_(k). Holds for any dependence between them.
 * @returns float64 [m], in [0, 1]
 */
export function holm(pValues: Float64Array): Float64Array {
  const order = ascending(pValues);
  const m = order.length;
  const adjusted = new Float64Array(m);
  let largest = 0;
  order.forEach((at, rank) => {
    largest = Math.max(largest, Math.min(1, (m - rank) * pValues[at]));
    adjusted[at] = largest;
  });
  return adjusted;
}

/**
 * How many suspects have to beat every reference score before Benjamini-Hochberg flags any: p is then 1 / (n + 1), and
 * K q / m has to reach it, so K = m / (q (n + 1)), rounded up.
 * @param m suspects
 * @param n reference scores
 * @param q false discovery rate, in (0, 1)
 */
export const smallestFlaggable = (m: number, n: number, q: number): number =>
  Math.ceil(m / (q * (n + 1)) - 1e-9);

/** Twice the mean of p-values is one, however they depend on each other (Vovk and Wang, arXiv:1212.4966); of one it is itself. */
export const twiceMean = (pValues: readonly number[]): number =>
  pValues.length === 1
    ? pValues[0]
    : Math.min(1, (2 * pValues.reduce((sum, p) => sum + p, 0)) / pValues.length);

/**
 * Conformal p-values (Vovk et al.; Bates et al., arXiv:2104.08279): p_j = (1 + #{i: reference_i >= score_j}) / (n + 1), n the
 * number of reference scores. Ties count against a finding.
 *
 * Where score j and the reference scores are exchangeable, P(p_j <= t) <= t for every t.
 * @param scores float64 [m], higher is more suspicious
 * @param reference float64 [n], scores of trusted samples
 * @returns float64 [m], in [1 / (n + 1), 1]
 */
export function conformalPValues(scores: Float64Array, reference: Float64Array): Float64Array {
  const sorted = reference.slice().sort();
  const n = sorted.length;
  return scores.map((score) => (1 + n - countBelow(sorted, score)) / (n + 1));
}

/** How many values of an ascending array are below `limit`. */
export function countBelow(ascending: Float64Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

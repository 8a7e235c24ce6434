import { simultaneousBoundary } from "./class-test.js";

/**
 * "Of the top k suspects at least this many are not clean", for every k at once: all of them hold together with a chance of
 * at least 1 - `level`, so that a reviewer may choose the cut after looking.
 *
 * With b the simultaneous boundary, at most b_j clean suspects are above the j-th trusted sample, for all j at once. Of the
 * top k, min(k, a_j) are above it; so at least max over j of min(k, a_j) - b_j are not clean (the interpolation of Blanchard,
 * Neuvial and Roquain, arXiv:1703.02307, over the sets above each trusted sample; bounds of this kind for conformal scores:
 * Gazin, Blanchard and Roquain, arXiv:2310.18108).
 *
 * Assumes that the clean suspects and the trusted samples are exchangeable, whatever the poisons are. b is that of m clean
 * suspects; fewer clean ones crowd less.
 * @param above int32 [n], from `suspectsAbove`
 * @param m suspects
 * @returns int32 [m + 1], element k the bound for the top k, never falling
 */
export function notCleanAtLeast(above: Int32Array, m: number, level: number): Int32Array {
  const bound = new Int32Array(m + 1);
  if (m === 0 || above.length === 0) return bound;
  const boundary = simultaneousBoundary({ m, n: above.length }, level);
  for (let k = 1; k <= m; k++) {
    let most = 0;
    for (let j = 0; j < above.length; j++) most = Math.max(most, Math.min(k, above[j]) - boundary[j]);
    bound[k] = most;
  }
  return bound;
}

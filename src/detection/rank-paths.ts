/*
 * m suspects and n trusted samples ranked from the most suspicious down. Where all are exchangeable, every choice of the n
 * ranks is as likely as any other. A_j is the number of suspects above the j-th trusted sample, j = 1..n: negative
 * hypergeometric. Together they are a lattice path, whose chance to stay below a boundary is counted exactly.
 */

/** Numbers of suspects and of trusted samples. */
export interface Ranking {
  readonly m: number;
  readonly n: number;
}

/**
 * How many suspects are above each trusted sample, from the most suspicious trusted one down. Equal scores count against a
 * finding: the trusted sample is above.
 * @returns int32 [n], ascending
 */
export function suspectsAbove(scores: Float64Array, reference: Float64Array): Int32Array {
  const suspects = scores.slice().sort().reverse();
  const trusted = reference.slice().sort().reverse();
  let above = 0;
  return Int32Array.from(trusted, (limit) => {
    while (above < suspects.length && suspects[above] > limit) above++;
    return above;
  });
}

/** ln(k!) for k = 0..count. */
function logFactorials(count: number): Float64Array {
  const logs = new Float64Array(count + 1);
  for (let k = 2; k <= count; k++) logs[k] = logs[k - 1] + Math.log(k);
  return logs;
}

/**
 * Visits j = 1..n with the survival function of A_j.
 * @param visit told j and float64 [m + 2], element a being P(A_j >= a) (the last is 0); the array is overwritten
 */
export function eachSurvival({ m, n }: Ranking, visit: (j: number, survival: Float64Array) => void): void {
  const total = m + n;
  const log = logFactorials(total);
  const logChoose = (of: number, count: number) => log[of] - log[count] - log[of - count];
  const all = logChoose(total, m);
  const survival = new Float64Array(m + 2);
  for (let j = 1; j <= n; j++) {
    for (let a = m; a >= 0; a--) {
      // a suspects and j - 1 trusted, then the j-th trusted, then the rest.
      const chance = Math.exp(logChoose(a + j - 1, a) + logChoose(total - a - j, m - a) - all);
      survival[a] = Math.min(1, survival[a + 1] + chance);
    }
    visit(j, survival);
  }
}

/**
 * For each level the largest boundary that A_j alone crosses with at most that chance: b_j is the smallest b with
 * P(A_j > b) <= level.
 * @returns an int32 [n] for each level
 */
export function boundaries(ranking: Ranking, levels: readonly number[]): Int32Array[] {
  const found = levels.map(() => new Int32Array(ranking.n));
  eachSurvival(ranking, (j, survival) => {
    levels.forEach((level, i) => {
      // survival falls with a: the number of a in 0..m with P(A_j >= a) > level.
      let low = 0;
      let high = ranking.m + 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (survival[middle] > level) low = middle + 1;
        else high = middle;
      }
      found[i][j - 1] = low - 1;
    });
  });
  return found;
}

/**
 * The chance that some A_j is above its boundary. Paths are followed from rank to rank: after j trusted samples and a
 * suspects the next is trusted with probability (n - j) / (m + n - j - a).
 * @param boundary int32 [n], ascending or not; a negative value is always crossed
 */
export function crossingChance({ m, n }: Ranking, boundary: Int32Array): number {
  // within[a]: the chance to have seen j trusted samples and a suspects without a crossing, just after the j-th.
  let within = new Float64Array(m + 1);
  within[0] = 1;
  for (let j = 0; j < n; j++) {
    const next = new Float64Array(m + 1);
    const limit = Math.min(m, boundary[j]);
    let here = 0;
    for (let a = 0; a <= limit; a++) {
      here += within[a];
      const rest = m + n - j - a;
      next[a] = (here * (n - j)) / rest;
      here *= (m - a) / rest;
    }
    within = next;
  }
  return Math.max(0, 1 - within.reduce((sum, chance) => sum + chance, 0));
}

import { boundaries, crossingChance, eachSurvival, type Ranking } from "./rank-paths.js";

/**
 * Whether the suspects of a class are like its trusted samples. The statistic is the most surprising excess of suspects at
 * the top of the ranking, over all cuts: the smallest of P(A_j >= a_j), j = 1..n (a one-sided Berk-Jones statistic for two
 * samples). Its p-value is exact, by counting rankings.
 *
 * Assumes that under the hypothesis every ranking is as likely: the trusted samples are a random choice of the class, and
 * nothing that made the scores knew which of the ranked samples are trusted (see `drawDisguise`).
 * @param above int32 [n], from `suspectsAbove`
 * @param m suspects
 * @returns p in (0, 1]: P(statistic <= the observed one)
 */
export function classPValue(above: Int32Array, m: number): number {
  if (m === 0 || above.length === 0) return 1;
  const ranking = { m, n: above.length };
  const smallest = topExcess(above, m);
  // Crossed where P(A_j >= a) <= smallest; sums of different terms that are equal differ in their last digits.
  const [boundary] = boundaries(ranking, [smallest * (1 + 1e-9)]);
  return Math.min(1, Math.max(crossingChance(ranking, boundary), smallest));
}

/** The class test's statistic, min over j of P(A_j >= a_j); small where suspects crowd at the top. */
export function topExcess(above: Int32Array, m: number): number {
  let smallest = 1;
  eachSurvival({ m, n: above.length }, (j, survival) => {
    smallest = Math.min(smallest, survival[above[j - 1]]);
  });
  return smallest;
}

/**
 * The boundary that crowds of clean suspects cross with a chance of at most `level` somewhere: `classPValue` is at most
 * `level` where some a_j is above it.
 * @returns int32 [n]
 */
export function simultaneousBoundary(ranking: Ranking, level: number): Int32Array {
  // The chance for all j together lies between the one for each and their sum.
  let [low, high] = [level / ranking.n, level];
  let [boundary] = boundaries(ranking, [low]);
  for (let round = 0; round < 4; round++) {
    const steps = Array.from({ length: 8 }, (_, i) => low * (high / low) ** ((i + 1) / 8));
    const found = boundaries(ranking, steps);
    const tooHigh = found.findIndex((one) => crossingChance(ranking, one) > level);
    const last = tooHigh < 0 ? steps.length - 1 : tooHigh - 1;
    if (last >= 0) [low, boundary] = [steps[last], found[last]];
    if (tooHigh < 0) break;
    high = steps[tooHigh];
  }
  return boundary;
}

/**
 * How many poisons the class test would notice: the smallest K for which, K suspects being above all the others and those
 * like the trusted, p is at most `level` with a chance of at least `power`. Exact. A score that separates less well needs more.
 * @returns undefined where even m do not suffice
 */
export function smallestNoticed(ranking: Ranking, level: number, power: number): number | undefined {
  const key = [ranking.m, ranking.n, level, power].join(" ");
  // Classes are often of one size, and each has several scores; with thousands of samples it takes seconds.
  if (!noticed.has(key)) noticed.set(key, findSmallestNoticed(ranking, level, power));
  return noticed.get(key);
}

const noticed = new Map<string, number | undefined>();

function findSmallestNoticed(ranking: Ranking, level: number, power: number): number | undefined {
  const { m, n } = ranking;
  if (m === 0 || n === 0) return undefined;
  const boundary = simultaneousBoundary(ranking, level);
  const isNoticed = (count: number): boolean =>
    crossingChance(
      { m: m - count, n },
      boundary.map((b) => b - count),
    ) >= power;
  if (!isNoticed(m)) return undefined;
  let [low, high] = [0, m];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isNoticed(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

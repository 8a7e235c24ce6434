/** Every ranking of m suspects and n trusted samples, from the top down: true is trusted. All are as likely as any other. */
export function* allRankings(m: number, n: number): Generator<boolean[]> {
  if (m === 0 && n === 0) yield [];
  if (m > 0) for (const rest of allRankings(m - 1, n)) yield [false, ...rest];
  if (n > 0) for (const rest of allRankings(m, n - 1)) yield [true, ...rest];
}

/** A ranking as scores, highest first. */
export function scoresOf(ranking: readonly boolean[]): { suspects: Float64Array; reference: Float64Array } {
  const scored = ranking.map((isTrusted, rank) => ({ isTrusted, score: ranking.length - rank }));
  const of = (trusted: boolean) =>
    Float64Array.from(scored.filter(({ isTrusted }) => isTrusted === trusted).map(({ score }) => score));
  return { suspects: of(false), reference: of(true) };
}

import type { Judge } from "../detection/judge.js";
import type { Run } from "../run.js";
import { median } from "../statistics/median.js";
import { type ClassVerdict, type Ranking, untested } from "./class-verdict.js";
import type { ScannedClass } from "./scan-data.js";

/** Images below which a class is not ranked: among few some direction is always skewed. */
const fewestRanked = 40;

/**
 * Ranks the images of every class by the scores that need no trusted images, and compares the classes with each other.
 * @param judges those that know nothing of who is trusted
 */
export async function rankClasses(
  judges: readonly Judge[],
  classes: readonly ScannedClass[],
  { reporter, signal }: Run,
): Promise<ClassVerdict[]> {
  const progress = reporter.progress("scan: classes", classes.length);
  const ranked: Omit<Ranking, "aboveOthers">[][] = [];
  try {
    for (const { suspects } of classes) {
      signal.throwIfAborted();
      const rankings: Omit<Ranking, "aboveOthers">[] = [];
      for (const { name, scorer } of suspects.length < fewestRanked ? [] : judges) {
        const { ranked: scores } = await scorer.score(new Int32Array(0), suspects, name);
        rankings.push({ score: name, scores, skewness: skewnessOf(scores) });
      }
      progress.update(ranked.push(rankings));
    }
  } finally {
    progress.stop();
  }
  return classes.map((one, c) => {
    const others = ranked.filter((_, other) => other !== c);
    const rankings = ranked[c].map((ranking, j): Ranking => {
      const ofOthers = others.flatMap((rankingsOf) => rankingsOf[j]?.skewness ?? []);
      // A ratio would say most where the others are hardly skewed at all.
      return {
        ...ranking,
        aboveOthers: ofOthers.length > 0 ? ranking.skewness - median(ofOthers) : undefined,
      };
    });
    return { ...untested(one), rankings, scores: mostUnusual(rankings)?.scores ?? nothing(one) };
  });
}

/** The ranking of a class that differs most from the other classes'. */
export const mostUnusual = (rankings: readonly Ranking[]): Ranking | undefined =>
  [...rankings].sort((a, b) => (b.aboveOthers ?? -Infinity) - (a.aboveOthers ?? -Infinity))[0];

const nothing = ({ suspects }: ScannedClass) => new Float64Array(suspects.length);

function skewnessOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const moment = (power: number) =>
    values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length;
  const variance = moment(2);
  return variance > 0 ? moment(3) / variance ** 1.5 : 0;
}

import { holm } from "../detection/adjusted-p-values.js";
import { classPValue } from "../detection/class-test.js";
import { suspectsAbove } from "../detection/rank-paths.js";
import type { SourceFinding } from "../report/model.js";
import type { ScanData } from "./scan-data.js";
import { blindScores } from "./score-names.js";
import type { JudgedClass } from "./verdict.js";

/** The largest sources are tested, each in classes with so many of its images: neither choice looks at a score. */
const [mostTested, fewestImages] = [100, 10];

/**
 * Who the images come from, most suspicious first; none where the data does not say.
 * @param level chance of a false alarm over all sources
 */
export function sourceFindings(
  { numSuspects, supplierOf, alsoTrusted }: Pick<ScanData, "numSuspects" | "supplierOf" | "alsoTrusted">,
  classes: readonly JudgedClass[],
  level: number,
): SourceFinding[] {
  const skipped = new Set(alsoTrusted);
  const images = new Map<string | undefined, number>();
  for (let row = 0; row < numSuspects; row++) {
    if (skipped.has(row)) continue;
    const source = supplierOf(row);
    images.set(source, (images.get(source) ?? 0) + 1);
  }
  if ([...images.keys()].every((source) => source === undefined)) return [];
  const flagged = new Map<string | undefined, number>();
  for (const one of classes)
    for (const [i, row] of one.rows.entries())
      if (one.flagged[i] === 1) flagged.set(supplierOf(row), (flagged.get(supplierOf(row)) ?? 0) + 1);
  const largest = [...images.entries()]
    .flatMap(([name, count]) => (name === undefined ? [] : [{ name, count }]))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, mostTested);
  const pValues = sourcePValues(new Set(largest.map(({ name }) => name)), supplierOf, classes);
  const tested = [...pValues];
  const adjusted = holm(Float64Array.from(tested, ([, p]) => p));
  const adjustedPs = new Map(tested.map(([name], i) => [name, adjusted[i]]));
  const found = [...images].map(([name, count]): SourceFinding => {
    const adjustedP = name === undefined ? undefined : adjustedPs.get(name);
    return {
      name,
      images: count,
      flagged: flagged.get(name) ?? 0,
      p: name === undefined ? undefined : pValues.get(name),
      adjustedP,
      isEvidence: adjustedP !== undefined && adjustedP <= level,
    };
  });
  return found.sort(
    (a, b) =>
      (a.p ?? 2) - (b.p ?? 2) ||
      b.flagged / b.images - a.flagged / a.images ||
      b.images - a.images ||
      ((a.name ?? "") < (b.name ?? "") ? -1 : 1),
  );
}

/**
 * Of each source its smallest p over classes and scores, times their number (Bonferroni); none where there was nothing to test.
 * Only scores that know nothing of who is trusted are taken: of these all trusted images are ranked, once. Under the hypothesis that the
 * images of one source are like the trusted ones of their class, these and those may change places without changing what the scores
 * are made from, whatever the images of other sources are. So every ranking of these among those is as likely, and the class test on
 * them is exact.
 */
function sourcePValues(
  sources: ReadonlySet<string>,
  supplierOf: ScanData["supplierOf"],
  classes: readonly JudgedClass[],
): Map<string, number> {
  const found = new Map<string, number[]>();
  for (const { rows, byScore } of classes) {
    const own = new Map<string, number[]>();
    for (const [i, row] of rows.entries()) {
      const source = supplierOf(row);
      if (source === undefined || !sources.has(source)) continue;
      const places = own.get(source);
      if (places) places.push(i);
      else own.set(source, [i]);
    }
    for (const [source, places] of own) {
      if (places.length < fewestImages) continue;
      for (const { score, scores, reference } of byScore) {
        if (!isBlind(score)) continue;
        const above = suspectsAbove(
          Float64Array.from(places, (i) => scores[i]),
          reference.scores,
        );
        found.set(source, [...(found.get(source) ?? []), classPValue(above, places.length)]);
      }
    }
  }
  return new Map([...found].map(([source, ps]) => [source, Math.min(1, ps.length * Math.min(...ps))]));
}

const isBlind = (score: string): boolean => blindScores.some((blind) => blind === score);

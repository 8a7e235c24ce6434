import type { Judge } from "../detection/judge.js";
import { type ScoreVerdict, scoreVerdict } from "../detection/score-verdict.js";
import type { IfTainted, Supposed } from "../detection/tainted-reference.js";
import type { Rng } from "../random/rng.js";
import type { ScannedClass } from "./scan-data.js";

/** Trusted images below which a class is not looked at: a part of them would rank, and p could not be small. */
export const fewestTrusted = 20;

interface ClassOptions {
  readonly splits: number;
  /** Of the flagged, the share that may be clean, on average. */
  readonly fdr: number;
  /** Chance of a false alarm, over all classes. */
  readonly level: number;
  /** How many classes are looked at. */
  readonly numClasses: number;
  /** So many trusted images of a class may be poison, to see what would become of the findings. */
  readonly referencePoison?: number | undefined;
  readonly rng: Rng;
  readonly signal: AbortSignal;
}

/** What a scan finds in one class of m suspects. Flags, bounds and scores are those of the score with the smallest p. */
export interface ClassVerdict extends Omit<ScoreVerdict, "score" | "p" | "ifTainted"> {
  readonly name: string;
  readonly suspects: number;
  readonly trusted: number;
  /** int32 [m], rows of the suspects; the arrays below are in their order */
  readonly rows: Int32Array;
  /** In (0, 1], Bonferroni's over the scores; undefined where there are too few trusted images. */
  readonly p: number | undefined;
  /** Whose p is the smallest. */
  readonly leading: string | undefined;
  /** What each score says; empty where there are too few trusted images. */
  readonly byScore: readonly ScoreVerdict[];
  /** If some trusted images are poison, where it was asked for. */
  readonly supposed?: IfTainted;
  /** In place of that, where the scan has no trusted images at all: see `rankClasses`. */
  readonly rankings?: readonly Ranking[];
}

/** The order in which one score puts the images of a class when nobody is trusted: a measure of no chance. */
export interface Ranking {
  /** Name of the score. */
  readonly score: string;
  /** float64 [m], higher is more suspicious */
  readonly scores: Float64Array;
  /** Third moment of the scores in units of their deviation: large where few images lie far out on one side. */
  readonly skewness: number;
  /** The skewness less the median of that of the other classes; undefined where no other was ranked. */
  readonly aboveOthers: number | undefined;
}

/** Looks at a class through every score. */
export async function classVerdict(
  judges: readonly Judge[],
  one: ScannedClass,
  { splits, fdr, level, numClasses, referencePoison, rng, signal }: ClassOptions,
): Promise<ClassVerdict> {
  const { suspects, trusted } = one;
  if (trusted.length < fewestTrusted || suspects.length === 0) return untested(one);
  const byScore: ScoreVerdict[] = [];
  for (const judge of judges) {
    const options = {
      splits,
      fdr,
      // All bounds hold together with a chance of 1 - level, so that the leading one may be chosen.
      boundLevel: level / judges.length,
      noticedLevel: level / (judges.length * numClasses),
      referencePoison,
      rng: rng.fork(judge.name),
      signal,
    };
    byScore.push(await scoreVerdict(judge, { suspects, trusted }, options));
  }
  const [{ score: leading, p, ifTainted: _, ...its }] = [...byScore].sort((a, b) => a.p - b.p);
  const noticed = byScore.flatMap(({ wouldNotice }) => wouldNotice ?? []);
  return {
    ...countsOf(one),
    ...its,
    p: Math.min(1, judges.length * p),
    leading,
    wouldNotice: noticed.length > 0 ? Math.min(...noticed) : undefined,
    byScore,
    ...(referencePoison !== undefined && { supposed: supposedOf(byScore) }),
  };
}

/** Each end by the score that leads there, and its p Bonferroni's. */
function supposedOf(byScore: readonly ScoreVerdict[]): IfTainted {
  const ends = byScore.flatMap(({ ifTainted }) => ifTainted ?? []);
  const leading = (end: keyof IfTainted): Supposed => {
    const [{ p, flagged }] = ends.map((one) => one[end]).sort((a, b) => a.p - b.p);
    return { p: Math.min(1, ends.length * p), flagged };
  };
  return { least: leading("least"), most: leading("most") };
}

const countsOf = ({ name, suspects, trusted }: ScannedClass) => ({
  name,
  suspects: suspects.length,
  trusted: trusted.length,
  rows: suspects,
});

/** Of a class that cannot be tested. */
export function untested(one: ScannedClass): ClassVerdict {
  const m = one.suspects.length;
  const nothing = new Float64Array(m);
  return {
    ...countsOf(one),
    p: undefined,
    leading: undefined,
    byScore: [],
    atLeast: 0,
    wouldNotice: undefined,
    scores: nothing,
    pValues: nothing,
    eValues: nothing,
    flagged: new Uint8Array(m),
    flaggedIn: nothing,
    bound: new Int32Array(m + 1),
    reference: { rows: new Int32Array(0), scores: new Float64Array(0) },
  };
}

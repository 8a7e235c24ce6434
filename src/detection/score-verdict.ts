import type { Rng } from "../random/rng.js";
import { twiceMean } from "./adjusted-p-values.js";
import { classPValue, smallestNoticed } from "./class-test.js";
import { conformalPValues } from "./conformal.js";
import { aboveIn, type ClassRows, disguisedScores, type SplitScores } from "./disguise.js";
import { conformalEValues, eBenjaminiHochberg, meanOf } from "./e-values.js";
import type { Judge } from "./judge.js";
import { notCleanAtLeast } from "./lower-bound.js";
import { type IfTainted, ifReferenceTainted } from "./tainted-reference.js";

export interface VerdictOptions {
  /** Random splits of the trusted images, where the scorer is told of some of them. */
  readonly splits: number;
  /** Of the flagged, the share that may be clean, on average. */
  readonly fdr: number;
  /** Chance that the bound does not hold. */
  readonly boundLevel: number;
  /** p at which the class is noticed. */
  readonly noticedLevel: number;
  /** So many trusted images may be poison, to see what would become of the findings. */
  readonly referencePoison?: number | undefined;
  readonly rng: Rng;
  readonly signal: AbortSignal;
}

/** What one score finds in one class of m suspects. */
export interface ScoreVerdict {
  /** Its name. */
  readonly score: string;
  /** In (0, 1]. */
  readonly p: number;
  /** Images that are not clean, at least: holds with a chance of 1 - boundLevel. */
  readonly atLeast: number;
  /** So many poisons above all other images would be noticed; undefined where none would. */
  readonly wouldNotice: number | undefined;
  /** float64 [m], mean over the splits, higher is more suspicious */
  readonly scores: Float64Array;
  /** float64 [m], each image's conformal p-value, twice the mean over the splits */
  readonly pValues: Float64Array;
  /** float64 [m], mean e-values over the splits */
  readonly eValues: Float64Array;
  /** uint8 [m] */
  readonly flagged: Uint8Array;
  /** float64 [m], share of the splits that flag the image each on its own; a flag that few share hangs on the draw */
  readonly flaggedIn: Float64Array;
  /** int32 [m + 1], element k: of the k highest scores of the first split at least so many are not clean, for all k at once */
  readonly bound: Int32Array;
  readonly reference: ReferenceScores;
  /** Where it was asked for. */
  readonly ifTainted?: IfTainted;
}

/** Trusted images as they were ranked among the suspects. */
export interface ReferenceScores {
  /** int32 [n], those that were ranked in one split at least */
  readonly rows: Int32Array;
  /** float64 [n], mean over the splits that ranked the image, higher is more like a suspect */
  readonly scores: Float64Array;
}

/** Looks at a class through one score: once, or in several random splits of its trusted images. */
export async function scoreVerdict(
  { name, scorer, fitShare }: Judge,
  { suspects, trusted }: ClassRows,
  { splits, fdr, boundLevel, noticedLevel, referencePoison, rng, signal }: VerdictOptions,
): Promise<ScoreVerdict> {
  const m = suspects.length;
  const numSplits = fitShare === 0 ? 1 : splits;
  const eValues: Float64Array[] = [];
  const pValues: number[] = [];
  const flaggedIn = new Float64Array(m);
  const drawn: SplitScores[] = [];
  for (let split = 0; split < numSplits; split++) {
    signal.throwIfAborted();
    const scored = await disguisedScores(scorer, { suspects, trusted }, fitShare, rng.fork(`split-${split}`));
    drawn.push(scored);
    const ofSplit = conformalEValues(scored.suspects, scored.reference, fdr);
    eValues.push(ofSplit);
    for (const [i, mark] of eBenjaminiHochberg(ofSplit, fdr).entries()) flaggedIn[i] += mark / numSplits;
    pValues.push(classPValue(aboveIn(scored), m));
  }
  // A bound of one split chosen beforehand: the largest of several would promise too much.
  const bound = notCleanAtLeast(aboveIn(drawn[0]), m, boundLevel);
  const mean = meanOf(eValues);
  const ofImages = drawn.map((one) => conformalPValues(one.suspects, one.reference));
  return {
    score: name,
    p: twiceMean(pValues),
    atLeast: bound[m],
    wouldNotice: smallestNoticed({ m, n: drawn[0].reference.length }, noticedLevel, 0.9),
    scores: meanOf(drawn.map((one) => one.suspects)),
    pValues: Float64Array.from({ length: m }, (_, i) => twiceMean(ofImages.map((one) => one[i]))),
    eValues: mean,
    flagged: eBenjaminiHochberg(mean, fdr),
    flaggedIn,
    bound,
    reference: referenceScores(drawn),
    ...(referencePoison !== undefined && { ifTainted: ifReferenceTainted(drawn, referencePoison, fdr) }),
  };
}

/** A trusted image is ranked in about half of the splits only. */
function referenceScores(drawn: readonly SplitScores[]): ReferenceScores {
  const found = new Map<number, { sum: number; count: number }>();
  for (const { reference, referenceRows } of drawn) {
    for (const [i, row] of referenceRows.entries()) {
      const { sum, count } = found.get(row) ?? { sum: 0, count: 0 };
      found.set(row, { sum: sum + reference[i], count: count + 1 });
    }
  }
  const rows = Int32Array.from(found.keys()).sort();
  const scores = Float64Array.from(rows, (row) => {
    const { sum, count } = found.get(row) ?? { sum: 0, count: 1 };
    return sum / count;
  });
  return { rows, scores };
}

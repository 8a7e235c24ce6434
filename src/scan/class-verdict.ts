import { classPValue, smallestNoticed } from "../detection/class-test.js";
import { aboveIn, disguisedScores, type SplitScores } from "../detection/disguise.js";
import { conformalEValues, eBenjaminiHochberg, meanOf } from "../detection/e-values.js";
import { notCleanAtLeast } from "../detection/lower-bound.js";
import type { SplitScorer } from "../detection/split-scorer.js";
import type { Rng } from "../random/rng.js";
import type { ScannedClass } from "./scan-data.js";

/** Share of the trusted images that the scorer is told of; the others are ranked among the suspects. */
const fitShare = 0.5;
/** Trusted images below which a class is not looked at: half of them would rank, and p could not be small. */
export const fewestTrusted = 20;

interface VerdictOptions {
  readonly splits: number;
  /** Of the flagged, the share that may be clean, on average. */
  readonly fdr: number;
  /** Chance of a false alarm for the class. */
  readonly level: number;
  readonly rng: Rng;
  readonly signal: AbortSignal;
}

/** What a scan finds in one class. */
export interface ClassVerdict {
  readonly name: string;
  readonly suspects: number;
  readonly trusted: number;
  /** In (0, 1]; undefined where there are too few trusted images. */
  readonly p: number | undefined;
  /** Images that are not clean, at least: holds with a chance of 1 - level. */
  readonly atLeast: number;
  /** So many poisons above all other images would be noticed; undefined where none would. */
  readonly wouldNotice: number | undefined;
  /** int32 [m], rows of the suspects; the arrays below are in their order */
  readonly rows: Int32Array;
  /** float64 [m], mean over the splits, higher is more suspicious */
  readonly scores: Float64Array;
  /** float64 [m], mean e-values over the splits */
  readonly eValues: Float64Array;
  /** uint8 [m] */
  readonly flagged: Uint8Array;
  /** float64 [m], share of the splits that flag the image each on its own; a flag that few share hangs on the draw */
  readonly flaggedIn: Float64Array;
  /** int32 [m + 1], element k: of the k highest scores of the first split at least so many are not clean, for all k at once */
  readonly bound: Int32Array;
  readonly reference: ReferenceScores;
}

/** Trusted images as they were ranked among the suspects. */
export interface ReferenceScores {
  /** int32 [n], those that were ranked in one split at least */
  readonly rows: Int32Array;
  /** float64 [n], mean over the splits that ranked the image, higher is more like a suspect */
  readonly scores: Float64Array;
}

/** Looks at a class in several random splits of its trusted images. */
export async function classVerdict(
  scorer: SplitScorer,
  { name, suspects, trusted }: ScannedClass,
  { splits, fdr, level, rng, signal }: VerdictOptions,
): Promise<ClassVerdict> {
  const m = suspects.length;
  const found = { name, suspects: m, trusted: trusted.length, rows: suspects };
  const nothing = () => new Float64Array(m);
  if (trusted.length < fewestTrusted || m === 0) {
    return {
      ...found,
      p: undefined,
      atLeast: 0,
      wouldNotice: undefined,
      scores: nothing(),
      eValues: nothing(),
      flagged: new Uint8Array(m),
      flaggedIn: nothing(),
      bound: new Int32Array(m + 1),
      reference: { rows: new Int32Array(0), scores: nothing().subarray(0, 0) },
    };
  }
  const scores: Float64Array[] = [];
  const eValues: Float64Array[] = [];
  const pValues: number[] = [];
  const flaggedIn = nothing();
  const drawn: SplitScores[] = [];
  let bound: Int32Array = new Int32Array(m + 1);
  let numReference = 0;
  for (let split = 0; split < splits; split++) {
    signal.throwIfAborted();
    const scored = await disguisedScores(scorer, { suspects, trusted }, fitShare, rng.fork(`split-${split}`));
    const above = aboveIn(scored);
    numReference = above.length;
    scores.push(scored.suspects);
    drawn.push(scored);
    const ofSplit = conformalEValues(scored.suspects, scored.reference, fdr);
    eValues.push(ofSplit);
    for (const [i, mark] of eBenjaminiHochberg(ofSplit, fdr).entries()) flaggedIn[i] += mark / splits;
    pValues.push(classPValue(above, m));
    // A bound of one split chosen beforehand: the largest of several would promise too much.
    if (split === 0) bound = notCleanAtLeast(above, m, level);
  }
  const mean = meanOf(eValues);
  return {
    ...found,
    p: twiceMean(pValues),
    atLeast: bound[m],
    wouldNotice: smallestNoticed({ m, n: numReference }, level, 0.9),
    scores: meanOf(scores),
    eValues: mean,
    flagged: eBenjaminiHochberg(mean, fdr),
    flaggedIn,
    bound,
    reference: referenceScores(drawn),
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

/** Twice the mean of p-values is one, however they depend on each other (Vovk and Wang, arXiv:1212.4966); of one it is itself. */
const twiceMean = (pValues: readonly number[]): number =>
  pValues.length === 1
    ? pValues[0]
    : Math.min(1, (2 * pValues.reduce((sum, p) => sum + p, 0)) / pValues.length);

import { classPValue, smallestNoticed } from "../detection/class-test.js";
import { aboveIn, disguisedScores } from "../detection/disguise.js";
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
    const unknown = { p: undefined, atLeast: 0, wouldNotice: undefined };
    return { ...found, ...unknown, scores: nothing(), eValues: nothing(), flagged: new Uint8Array(m) };
  }
  const scores: Float64Array[] = [];
  const eValues: Float64Array[] = [];
  const pValues: number[] = [];
  let [atLeast, numReference] = [0, 0];
  for (let split = 0; split < splits; split++) {
    signal.throwIfAborted();
    const scored = await disguisedScores(scorer, { suspects, trusted }, fitShare, rng.fork(`split-${split}`));
    const above = aboveIn(scored);
    numReference = above.length;
    scores.push(scored.suspects);
    eValues.push(conformalEValues(scored.suspects, scored.reference, fdr));
    pValues.push(classPValue(above, m));
    // A bound of one split chosen beforehand: the largest of several would promise too much.
    if (split === 0) atLeast = notCleanAtLeast(above, m, level)[m];
  }
  const mean = meanOf(eValues);
  return {
    ...found,
    p: twiceMean(pValues),
    atLeast,
    wouldNotice: smallestNoticed({ m, n: numReference }, level, 0.9),
    scores: meanOf(scores),
    eValues: mean,
    flagged: eBenjaminiHochberg(mean, fdr),
  };
}

/** Twice the mean of p-values is one, however they depend on each other (Vovk and Wang, arXiv:1212.4966); of one it is itself. */
const twiceMean = (pValues: readonly number[]): number =>
  pValues.length === 1
    ? pValues[0]
    : Math.min(1, (2 * pValues.reduce((sum, p) => sum + p, 0)) / pValues.length);

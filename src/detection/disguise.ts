import { type Rng, shuffle } from "../random/rng.js";
import { suspectsAbove } from "./rank-paths.js";
import type { SplitScorer } from "./split-scorer.js";

/** One class: rows of a table. */
export interface ClassRows {
  /** int32 [m], untrusted samples */
  readonly suspects: Int32Array;
  /** int32, samples known to be clean */
  readonly trusted: Int32Array;
}

/** Scores of one split. */
export interface SplitScores {
  /** float64 [m], in the order of the suspects */
  readonly suspects: Float64Array;
  /** float64 [n], of the trusted samples that were ranked among the suspects */
  readonly reference: Float64Array;
  /** int32 [n], which those are: rows */
  readonly referenceRows: Int32Array;
}

/**
 * One disguised split: a part of the trusted samples is shown to the scorer as such, the others are ranked among the suspects
 * (AdaDetect, Marandon et al., arXiv:2208.06685).
 * @param fitShare share of the trusted samples that the scorer is fitted on, in (0, 1)
 */
export async function disguisedScores(
  scorer: SplitScorer,
  { suspects, trusted }: ClassRows,
  fitShare: number,
  rng: Rng,
): Promise<SplitScores> {
  const drawn = shuffle(rng.fork("disguise"), trusted);
  const numFit = Math.round(fitShare * drawn.length);
  const referenceRows = drawn.slice(numFit);
  const ranked = Int32Array.from([...suspects, ...referenceRows]);
  const fit = drawn.subarray(0, numFit);
  const scores = await scorer.score(fit, ranked, `${rng.fork("scorer").seed()}`);
  return {
    suspects: scores.ranked.slice(0, suspects.length),
    reference: scores.ranked.slice(suspects.length),
    referenceRows,
  };
}

/** How many suspects of a split are above each of its ranked trusted samples; see `suspectsAbove`. */
export const aboveIn = ({ suspects, reference }: Pick<SplitScores, "suspects" | "reference">): Int32Array =>
  suspectsAbove(suspects, reference);

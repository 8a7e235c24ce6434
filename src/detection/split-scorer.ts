/** Scores of one fit, higher is more suspicious; no sample has judged itself. */
export interface FitScores {
  /** float64 [ranked.length] */
  readonly ranked: Float64Array;
  /** float64 [fit.length]; the scorer knew that they are trusted, so that only a redraw test may compare them with others */
  readonly fit: Float64Array;
}

/**
 * Scores samples by how unlike the trusted ones they are. It is told some trusted samples as such (`fit`); those to rank,
 * suspects and other trusted samples mixed, it cannot tell apart: whatever it makes of them, a ranked sample's score does
 * not depend on whether it is trusted. That is what makes the ranks of clean suspects and of the ranked trusted samples
 * exchangeable (AdaDetect, Marandon et al., arXiv:2208.06685).
 */
export interface SplitScorer {
  /**
   * @param fit int32, rows of trusted samples
   * @param ranked int32, other rows, in any order
   * @param seed name of the stream of random numbers
   */
  score(fit: Int32Array, ranked: Int32Array, seed: string): Promise<FitScores>;
  /** Frees threads and memory. */
  close(): Promise<void>;
}

/**
 * The scorer of scores that know nothing of who is trusted: nothing is fitted.
 * @param scoresOf of rows, int32, in their order: higher is more suspicious
 */
export const blindScorer = (
  scoresOf: (rows: Int32Array) => Float64Array | Promise<Float64Array>,
): SplitScorer => ({
  async score(fit, ranked) {
    const scores = await scoresOf(Int32Array.from([...fit, ...ranked]));
    return { fit: scores.slice(0, fit.length), ranked: scores.slice(fit.length) };
  },
  close: async () => {},
});

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
   * @returns float64 [ranked.length], higher is more suspicious
   */
  score(fit: Int32Array, ranked: Int32Array, seed: string): Promise<Float64Array>;
  /** Frees threads and memory. */
  close(): Promise<void>;
}

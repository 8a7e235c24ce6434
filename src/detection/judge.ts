import type { SplitScorer } from "./split-scorer.js";

/** One way to score the samples of a class. */
export interface Judge {
  /** Column of the results. */
  readonly name: string;
  /** Its rows are those of the samples. */
  readonly scorer: SplitScorer;
  /**
   * Share of the trusted samples that the scorer is told of, in each of several splits; the others are ranked among the
   * suspects. 0: it knows nothing of who is trusted, so that all of them are ranked, once.
   */
  readonly fitShare: number;
}

import type { Run } from "../run.js";
import type { FoldMemory } from "../scoring/cross-validation.js";
import { type ScoreInput, type Scores, scoreSamples } from "../scoring/poison-score.js";
import type { ClassifierName } from "../scoring/registry.js";
import { gaussianThreshold } from "../scoring/thresholds/gaussian.js";
import { isSeparated, kmeansThreshold } from "../scoring/thresholds/kmeans.js";

export interface DetectionInput {
  /** The increments of suspects and of clean samples. */
  readonly increments: ScoreInput;
  readonly cvModel: ClassifierName;
  /** Folds of the cross-validation, >= 2. */
  readonly groups: number;
  /** Features with an importance above this stay for the second pass. */
  readonly k2: number;
  readonly seed: string | number;
  /**
   * Whose scores are cut in two: those of the suspects, or of suspects and clean samples together, where no suspect is
   * thought clean and there would be but one kind.
   */
  readonly cutAmong: "suspects" | "all";
  /** A cut of the user's own, in [0, 1]. */
  readonly customThreshold?: number;
  /** Finished folds, to go on from after an interruption. */
  readonly memory?: FoldMemory;
  readonly run: Run;
}

/** A sample with a score above the value is flagged. */
export interface Threshold {
  readonly name: "KMeans" | "Gaussian" | "custom";
  readonly value: number;
}

export interface Detection {
  readonly scores: Scores;
  readonly thresholds: readonly Threshold[];
}

/** Scores the suspects and cuts their scores (method, section 5). Nothing in it knows a poison. */
export async function detect(input: DetectionInput): Promise<Detection> {
  const { increments, cvModel, groups, k2, seed, memory, run } = input;
  const progress = run.reporter.progress(`score: ${cvModel}, ${groups} folds, two passes`, 4 * groups);
  try {
    const scores = await scoreSamples(increments, {
      cvModel,
      groups,
      k2,
      seed,
      memory,
      signal: run.signal,
      onProgress: (done) => progress.update(done),
    });
    if (scores.keptFeatures.length === 0)
      run.reporter.warn(`no feature has an importance above --k_2 ${k2}: nothing is flagged`);
    return { scores, thresholds: findThresholds(scores, input) };
  } finally {
    progress.stop();
  }
}

function findThresholds(
  { scores, cleanScores }: Scores,
  { cutAmong, customThreshold, run: { reporter } }: DetectionInput,
): Threshold[] {
  const all = cutAmong === "suspects" ? scores : Float64Array.from([...scores, ...cleanScores]);
  const kmeans = kmeansThreshold(all);
  const gaussian = gaussianThreshold(all);
  if (!isSeparated(kmeans)) {
    const separation = kmeans.separation.toFixed(2);
    reporter.warn(
      `the scores do not fall into two groups (separation ${separation}); about half of clean suspects may be flagged`,
    );
  }
  if (!gaussian.crossed) {
    reporter.warn(
      "the two Gaussian components do not cross between their means; their midpoint is the threshold",
    );
  }
  return [
    { name: "KMeans", value: kmeans.threshold },
    { name: "Gaussian", value: gaussian.threshold },
    ...(customThreshold === undefined ? [] : [{ name: "custom" as const, value: customThreshold }]),
  ];
}

import { flaggedIds } from "../detection/flagged-ids.js";
import type { Share } from "../statistics/share.js";

/** How well a threshold tells poisons from clean samples. */
export interface DetectionRates {
  /** Ids of the samples with a score above the threshold, in the order given. */
  readonly flagged: Int32Array;
  /** Flagged poisons, of the poisons. */
  readonly truePositives: Share;
  /** Flagged clean suspects, of the clean suspects. */
  readonly falsePositives: Share;
}

/**
 * Rates over the suspects.
 * @param scores float64 [numSuspects], and int32 [numSuspects], whose they are
 * @param poisonIds the truth; may hold samples that are no suspects, which count nowhere
 * @param threshold a score above it is flagged, an equal one is not
 */
export function detectionRates(
  scores: Float64Array,
  sampleIds: Int32Array,
  poisonIds: ReadonlySet<number>,
  threshold: number,
): DetectionRates {
  if (scores.length !== sampleIds.length)
    throw new Error(`${scores.length} scores, ${sampleIds.length} sample ids.`);
  const flagged = flaggedIds(scores, sampleIds, threshold);
  const countPoisons = (ids: Int32Array): number => ids.reduce((n, id) => n + (poisonIds.has(id) ? 1 : 0), 0);
  const poisons = countPoisons(sampleIds);
  const flaggedPoisons = countPoisons(flagged);
  return {
    flagged,
    truePositives: { count: flaggedPoisons, of: poisons },
    falsePositives: { count: flagged.length - flaggedPoisons, of: sampleIds.length - poisons },
  };
}

/** The clean reference samples above the threshold; for when no suspect is clean. */
export const referenceFalsePositives = (cleanScores: Float64Array, threshold: number): Share => ({
  count: cleanScores.filter((score) => score > threshold).length,
  of: cleanScores.length,
});

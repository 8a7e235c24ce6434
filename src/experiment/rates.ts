import { flaggedIds } from "../detection/flagged-ids.js";

/** How well a threshold tells poisons from clean samples. Rates are fractions in [0, 1]. */
export interface DetectionRates {
  /** Ids of the samples with a score above the threshold, in the order given. */
  readonly flagged: Int32Array;
  readonly poisons: number;
  readonly flaggedPoisons: number;
  readonly cleanSuspects: number;
  readonly flaggedCleanSuspects: number;
  /** Share of the poisons that are flagged; undefined without poisons. */
  readonly truePositiveRate: number | undefined;
  /** Share of the clean suspects that are flagged; undefined without clean suspects. */
  readonly falsePositiveRate: number | undefined;
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
  const cleanSuspects = sampleIds.length - poisons;
  const flaggedCleanSuspects = flagged.length - flaggedPoisons;
  return {
    flagged,
    poisons,
    flaggedPoisons,
    cleanSuspects,
    flaggedCleanSuspects,
    truePositiveRate: share(flaggedPoisons, poisons),
    falsePositiveRate: share(flaggedCleanSuspects, cleanSuspects),
  };
}

/** Share of the clean reference samples above the threshold; for when no suspect is clean. Undefined without any. */
export function referenceFalsePositiveRate(cleanScores: Float64Array, threshold: number): number | undefined {
  return share(cleanScores.filter((score) => score > threshold).length, cleanScores.length);
}

function share(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

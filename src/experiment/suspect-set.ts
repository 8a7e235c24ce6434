import { type Rng, sampleWithoutReplacement } from "../random/rng.js";

/** Samples under suspicion, and the clean ones they are compared with. */
export interface SuspectSet {
  /** int32, ascending: all poisons, and as many clean target-class samples as make them `prSus` percent */
  readonly suspects: Int32Array;
  /** int32, ascending: target-class samples under no suspicion */
  readonly reference: Int32Array;
}

/** Clean samples in a suspect set of which `numPoisons` make up `prSus` percent. */
export const cleanSuspectCount = (numPoisons: number, prSus: number): number =>
  // The small term keeps a product such as 10 * (100/30 - 1) from losing a sample to rounding.
  Math.floor(numPoisons * (100 / prSus - 1) + 1e-6);

/**
 * Method: the suspect set.
 * @param targetIds all training samples of the target class
 * @param prSus percent of poisons in the suspect set, (0, 100]
 * @param rng the run's stream: both capture stages must draw the same set
 * @throws Error when the class has too few clean samples
 */
export function drawSuspectSet(
  targetIds: Int32Array,
  poisonIds: Int32Array,
  prSus: number,
  rng: Rng,
): SuspectSet {
  const poisons = new Set(poisonIds);
  const clean = targetIds.filter((id) => !poisons.has(id));
  const drawn = sampleWithoutReplacement(
    rng.fork("suspect-set"),
    clean,
    cleanSuspectCount(poisonIds.length, prSus),
  );
  const suspected = new Set(drawn);
  return {
    suspects: Int32Array.from([...poisonIds, ...drawn]).sort(),
    reference: clean.filter((id) => !suspected.has(id)),
  };
}

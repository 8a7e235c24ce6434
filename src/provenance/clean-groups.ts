import { type Rng, sampleWithoutReplacement, shuffle } from "../random/rng.js";

/** The two disjoint clean groups of one batch, each as large as the number of suspects in it. */
export interface CleanGroups {
  readonly clean1: Int32Array;
  readonly clean2: Int32Array;
}

/**
 * Draws clean-1 and clean-2 for a batch (method: batch level): first from the batch's own reference samples, then from
 * the rest of the reference.
 * @param batchIds the batch; none of it need be in the reference
 * @param reference clean target-class samples under no suspicion
 * @param count suspects in the batch
 * @throws Error when the reference holds fewer than 2 * count samples
 */
export function drawCleanGroups(
  batchIds: Int32Array,
  reference: Int32Array,
  count: number,
  rng: Rng,
): CleanGroups {
  const inBatch = new Set(batchIds);
  const near = shuffle(
    rng,
    reference.filter((id) => inBatch.has(id)),
  ).slice(0, 2 * count);
  const rest = reference.filter((id) => !inBatch.has(id));
  const drawn = Int32Array.from([...near, ...sampleWithoutReplacement(rng, rest, 2 * count - near.length)]);
  return { clean1: drawn.slice(0, count), clean2: drawn.slice(count) };
}

import { indicesOfClass } from "../datasets/select.js";
import { type Rng, sampleWithoutReplacement } from "../random/rng.js";

/**
 * As many samples as were excluded, class by class, drawn at random: what is removed where nobody knows what to remove.
 * @param excluded int32, samples
 * @param labels int32, of all samples
 * @returns int32, ascending
 */
export function drawControl(excluded: Int32Array, labels: Int32Array, rng: Rng): Int32Array {
  const counts = new Map<number, number>();
  for (const id of excluded) counts.set(labels[id], (counts.get(labels[id]) ?? 0) + 1);
  const drawn = [...counts].flatMap(([label, count]) => [
    ...sampleWithoutReplacement(rng.fork(`class-${label}`), indicesOfClass(labels, label), count),
  ]);
  return Int32Array.from(drawn).sort();
}

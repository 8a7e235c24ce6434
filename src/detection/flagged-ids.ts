/** Ids of the samples with a score above the threshold: those to exclude from training. */
export function flaggedIds(scores: Float64Array, sampleIds: Int32Array, threshold: number): Int32Array {
  return sampleIds.filter((_, i) => scores[i] > threshold);
}

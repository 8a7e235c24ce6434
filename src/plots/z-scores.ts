import type { TopLevelSpec } from "vega-lite";
import { featureScatter } from "./feature-scatter.js";

/**
 * Batch level: z of each feature's difference, with the cut at +-k.
 * @param z float32 [numStateFeatures]
 * @param importantFeatures int32, beyond the cut in every epoch
 */
export function zScoresFigure(z: Float32Array, k: number, importantFeatures: Int32Array): TopLevelSpec {
  const label = `±k (k = ${k})`;
  return featureScatter({
    title: "Max_diff: z-scores of the differences",
    yTitle: "z-score",
    values: z,
    importantFeatures,
    lines: [
      { value: k, label },
      { value: -k, label },
    ],
  });
}

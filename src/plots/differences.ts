import type { TopLevelSpec } from "vega-lite";
import { featureScatter } from "./feature-scatter.js";

/**
 * Batch level: d = |m_sus - m_clean| of each feature, m the largest difference to clean-2 over an epoch's batches.
 * @param differences float32 [numStateFeatures]
 * @param importantFeatures int32
 */
export function differencesFigure(differences: Float32Array, importantFeatures: Int32Array): TopLevelSpec {
  return featureScatter({
    title: "Differences between the largest suspect and clean updates",
    yTitle: "Difference",
    values: differences,
    importantFeatures,
    lines: [],
  });
}

import type { TopLevelSpec } from "vega-lite";
import { type DashedLine, dashedLineLayers } from "./dashed-lines.js";
import { accentColor, figureConfig, figureSize, figureTitle, mutedColor } from "./style.js";
import { formatCount, thin, thinningNote } from "./thin.js";

/** A value for each feature of the flattened state. */
export interface FeatureScatter {
  readonly title: string;
  readonly yTitle: string;
  /** float32 [numStateFeatures] */
  readonly values: Float32Array;
  /** int32, indices into `values`: drawn in colour */
  readonly importantFeatures: Int32Array;
  readonly lines: readonly DashedLine[];
}

/** Values over the features, the important ones in colour and on top. */
export function featureScatter({
  title,
  yTitle,
  values,
  importantFeatures,
  lines,
}: FeatureScatter): TopLevelSpec {
  const isImportant = new Uint8Array(values.length);
  for (const feature of importantFeatures) isImportant[feature] = 1;
  const groups = [
    `Other features (${formatCount(values.length - importantFeatures.length)})`,
    `Important features (${formatCount(importantFeatures.length)})`,
  ];
  const shown = thin(values.length, 2, (i) => ({ x: i, y: values[i], group: isImportant[i] }));
  const points = shown
    .toSorted((a, b) => isImportant[a] - isImportant[b])
    .map((i) => ({ feature: i, value: Number(values[i].toPrecision(6)), group: groups[isImportant[i]] }));
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: figureTitle(title, thinningNote(points.length, values.length)),
    ...figureSize,
    config: figureConfig,
    layer: [
      {
        data: { values: points },
        mark: { type: "point", filled: true, size: 18, opacity: 0.7 },
        encoding: {
          x: {
            field: "feature",
            type: "quantitative",
            title: "Feature (index in the flattened state)",
            scale: { domain: [0, Math.max(1, values.length - 1)], nice: false },
            axis: { format: ",d", tickCount: Math.min(7, values.length) },
          },
          y: { field: "value", type: "quantitative", title: yTitle, axis: { tickCount: 6 } },
          color: {
            field: "group",
            type: "nominal",
            scale: { domain: groups, range: [mutedColor, accentColor] },
          },
        },
      },
      ...dashedLineLayers(lines),
    ],
  };
}

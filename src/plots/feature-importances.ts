import type { TopLevelSpec } from "vega-lite";
import { dashedLineLayers } from "./dashed-lines.js";
import { accentColor, figureConfig, figureSize, figureTitle, mutedColor } from "./style.js";
import { formatCount, thin, thinningNote } from "./thin.js";

/**
 * Importances in falling order, with the cut `k2` below which features are dropped. Unused features (importance
 * 0) have no place on the logarithmic axis; their number stands in the subtitle.
 * @param importances [numFeatures], >= 0, mean over the folds
 */
export function featureImportancesFigure(importances: ArrayLike<number>, k2: number): TopLevelSpec {
  const used = Float64Array.from(importances)
    .sort()
    .reverse()
    .filter((importance) => importance > 0);
  const numUnused = importances.length - used.length;
  const numKept = used.filter((importance) => importance > k2).length;
  const groups = [`Kept (${formatCount(numKept)})`, `Dropped (${formatCount(importances.length - numKept)})`];
  const shown = thin(used.length, 1, (i) => ({ x: i, y: Math.log(used[i]), group: 0 }));
  const points = shown.map((i) => ({
    rank: i + 1,
    importance: Number(used[i].toPrecision(6)),
    group: groups[i < numKept ? 0 : 1],
  }));
  const notes = [
    ...(numUnused > 0 ? [`Features of importance 0, not drawn: ${formatCount(numUnused)}`] : []),
    ...thinningNote(points.length, used.length),
  ];
  const drawn = [...used.subarray(0, 1), ...used.subarray(-1), k2].filter((value) => value > 0);
  const powers = powersOfTen(drawn.length > 0 ? drawn : [1]);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: figureTitle("Feature importances", notes),
    ...figureSize,
    config: figureConfig,
    layer: [
      {
        data: { values: points },
        mark: { type: "point", filled: true, size: 24, opacity: 0.85 },
        encoding: {
          x: {
            field: "rank",
            type: "quantitative",
            title: "Feature, by rank",
            scale: { domain: [0, Math.max(1, used.length)], nice: false },
            axis: { format: ",d", tickCount: Math.min(8, used.length) },
          },
          y: {
            field: "importance",
            type: "quantitative",
            title: "Importance",
            scale: { type: "log", domain: [powers[0], powers[powers.length - 1]] },
            axis: { values: powers, format: "~g" },
          },
          color: {
            field: "group",
            type: "nominal",
            scale: { domain: groups, range: [accentColor, mutedColor] },
          },
        },
      },
      ...dashedLineLayers(k2 > 0 ? [{ value: k2, label: `Cut k_2 = ${k2}` }] : []),
    ],
  };
}

/** The powers of ten from just below the smallest to just above the largest of some positive values. */
function powersOfTen(values: readonly number[]): number[] {
  const first = Math.ceil(Math.log10(Math.min(...values))) - 1;
  const last = Math.floor(Math.log10(Math.max(...values))) + 1;
  return Array.from({ length: last - first + 1 }, (_, i) => Number(`1e${first + i}`));
}

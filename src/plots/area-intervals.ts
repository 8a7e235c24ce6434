import type { TopLevelSpec } from "vega-lite";
import { accentColor, figureConfig, figureTitle, mutedColor } from "./style.js";

/** An area under the ROC curve, in [0, 1], and where the true one lies. */
export interface DrawnArea {
  readonly name: string;
  readonly area: number;
  readonly lower: number;
  readonly upper: number;
}

const size = { width: 420, row: 26 } as const;

/** A line a detector, from the top down: its area and the interval; a vertical line stands at chance. */
export function areaIntervalsFigure(
  title: string,
  notes: readonly string[],
  areas: readonly DrawnArea[],
): TopLevelSpec {
  const x = {
    type: "quantitative" as const,
    title: "Area under the ROC curve",
    scale: { domain: [0, 1] },
    axis: { grid: true, tickCount: 5 },
  };
  const y = {
    field: "name",
    type: "nominal" as const,
    title: null,
    scale: { domain: areas.map(({ name }) => name) },
    axis: { labelLimit: 320 },
  };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: { ...figureTitle(title, [...notes]), frame: "bounds" },
    width: size.width,
    height: { step: size.row },
    config: figureConfig,
    layer: [
      {
        data: { values: [{ chance: 0.5 }] },
        mark: { type: "rule", color: mutedColor, strokeWidth: 2, strokeDash: [6, 4] },
        encoding: { x: { ...x, field: "chance" } },
      },
      {
        data: { values: areas.map((one) => ({ ...one })) },
        encoding: { y },
        layer: [
          {
            mark: { type: "rule", strokeWidth: 2, color: accentColor },
            encoding: { x: { ...x, field: "lower" }, x2: { field: "upper" } },
          },
          {
            mark: { type: "point", filled: true, size: 80, opacity: 1, color: accentColor },
            encoding: { x: { ...x, field: "area" } },
          },
        ],
      },
    ],
  };
}

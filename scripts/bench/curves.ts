import type { TopLevelSpec } from "vega-lite";
import { accentColor, figureConfig } from "../../src/plots/style.js";
import type { Figure } from "./figure.js";

/** Seconds that an axis names. */
const marks = [-3, -2, -1, 0, 1, 2, 3].flatMap((power) =>
  [1, 2, 3, 5, 7].map((digit) => digit * 10 ** power),
);

/** One panel a curve, both axes logarithmic: a cost in proportion to what grows is a line like the dashed one. */
export function curvesFigure(title: string, figures: readonly Figure[]): TopLevelSpec {
  const points = figures.flatMap(({ curve, at, value }) =>
    curve === undefined ? [] : [{ curve, at, value }],
  );
  const panels = [...new Set(points.map(({ curve }) => curve))].map((curve) => {
    const values = points.filter((point) => point.curve === curve);
    const last = values[values.length - 1];
    const even = values.map(({ at }) => ({ at, value: (last.value * (at ?? 0)) / (last.at ?? 1) }));
    const x = {
      field: "at",
      type: "quantitative",
      title: curve,
      scale: { type: "log", nice: false },
      axis: { format: "~s", values: values.map(({ at }) => at) },
    } as const;
    const y = {
      field: "value",
      type: "quantitative",
      title: "seconds",
      scale: { type: "log", nice: false },
      axis: { format: "~g", values: marks },
    } as const;
    return {
      width: 260,
      height: 240,
      layer: [
        {
          data: { values: even },
          mark: { type: "line", strokeDash: [5, 4], color: "#b4bac2" },
          encoding: { x, y },
        },
        { data: { values }, mark: { type: "line", point: true, color: accentColor }, encoding: { x, y } },
      ],
    } as const;
  });
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title,
    config: figureConfig,
    hconcat: panels,
  } as unknown as TopLevelSpec;
}

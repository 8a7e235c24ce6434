import type { TopLevelSpec } from "vega-lite";
import { pageColors, pageFigureConfig, pageFigureSize } from "./report-style.js";

/** Points of the curve at most. */
const maxPoints = 200;

/**
 * "Of the k highest scores at least a are not clean", for every k at once, beside the line on which all of them would be.
 * @param bound int32 [m + 1], a for each k, never falling
 */
export function boundCurve(bound: Int32Array): TopLevelSpec {
  const m = bound.length - 1;
  const full = bound.indexOf(bound[m]);
  // Where the curve has long come to its height there is nothing to be seen.
  const last = Math.min(m, Math.max(10, 2 * full));
  const step = Math.max(1, Math.ceil(last / maxPoints));
  const ks = Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
  const points = ks.map((k) => ({ k, a: bound[k] }));
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    ...pageFigureSize,
    config: pageFigureConfig,
    layer: [
      {
        data: {
          values: [
            { k: 0, a: 0 },
            { k: bound[m], a: bound[m] },
          ],
        },
        mark: { type: "line", strokeDash: [3, 3], strokeWidth: 1.5, color: pageColors.suspect },
        encoding: { x: { field: "k", type: "quantitative" }, y: { field: "a", type: "quantitative" } },
      },
      {
        data: { values: points },
        mark: { type: "line", interpolate: "step-after", strokeWidth: 2, color: pageColors.flagged },
        encoding: {
          x: {
            field: "k",
            type: "quantitative",
            title: "The k highest scores",
            scale: { domain: [0, last], nice: false },
          },
          y: { field: "a", type: "quantitative", title: "Not clean, at least", scale: { domainMin: 0 } },
        },
      },
    ],
  };
}

import type { TopLevelSpec } from "vega-lite";
import { figureConfig, figureTitle } from "./style.js";

/** A rate and where the true one lies, as fractions. */
export interface RateInterval {
  readonly row: string;
  readonly panel: string;
  readonly series: string;
  readonly rate: number;
  /** Both undefined where nothing is known of it. */
  readonly lower: number | undefined;
  readonly upper: number | undefined;
}

export interface RateIntervals {
  readonly title: string;
  readonly notes: readonly string[];
  /** From left to right. */
  readonly panels: readonly { readonly name: string; readonly title: string }[];
  /** In the legend's order; six at most. */
  readonly series: readonly string[];
  /** From the top down. */
  readonly rows: readonly string[];
  readonly rates: readonly RateInterval[];
}

/** Told apart by those who do not see all colours (Okabe and Ito's), and by shape. */
const seriesColors = ["#d55e00", "#0072b2", "#e69f00", "#595959", "#7a4d8f", "#009e73"];
const seriesShapes = ["triangle-up", "circle", "triangle-down", "cross", "diamond", "square"];
const panelWidth = 190;
const rowHeight = 46;

/** A line a row and a panel a rate: points with their intervals, in percent, cut at 0 and 100. */
export function rateIntervalsFigure({
  title,
  notes,
  panels,
  series,
  rows,
  rates,
}: RateIntervals): TopLevelSpec {
  const values = rates.map(({ row, panel, series: name, rate, lower, upper }) => ({
    row,
    panel,
    series: name,
    rate: percent(rate),
    lower: percent(Math.max(0, lower ?? rate)),
    upper: percent(Math.min(1, upper ?? rate)),
  }));
  const color = {
    field: "series",
    type: "nominal",
    scale: { domain: [...series], range: seriesColors },
  } as const;
  const shape = { ...color, scale: { domain: [...series], range: seriesShapes } } as const;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: { ...figureTitle(title, [...notes]), frame: "bounds" },
    config: figureConfig,
    data: { values },
    resolve: { scale: { yOffset: "independent" } },
    hconcat: panels.map((panel, i) => {
      const own = values.filter((value) => value.panel === panel.name);
      /** Of the series in it, so that they share a row without covering each other. */
      const lanes = series.filter((name) => own.some((value) => value.series === name));
      return {
        width: panelWidth,
        height: { step: rowHeight, for: "position" },
        transform: [{ filter: { field: "panel", equal: panel.name } }],
        encoding: {
          y: {
            field: "row",
            type: "nominal",
            title: null,
            scale: { domain: [...rows], paddingInner: 0.3 },
            axis: { labels: i === 0, labelLimit: 320, grid: true, tickBand: "extent" },
          },
          yOffset: { field: "series", type: "nominal", scale: { domain: lanes } },
          color,
        },
        layer: [
          {
            mark: { type: "rule", strokeWidth: 2 },
            encoding: {
              x: {
                field: "lower",
                type: "quantitative",
                title: panel.title,
                scale: { domain: [0, largest(own)] },
                axis: { tickCount: 5, grid: true },
              },
              x2: { field: "upper" },
            },
          },
          {
            mark: { type: "point", filled: true, size: 80, opacity: 1 },
            encoding: { x: { field: "rate", type: "quantitative" }, shape },
          },
        ],
      };
    }),
  };
}

const percent = (fraction: number): number => Number((100 * fraction).toFixed(3));

/** Where the axis ends: small rates need room to be told apart. */
function largest(values: readonly { readonly upper: number }[]): number {
  const upper = Math.max(0, ...values.map((value) => value.upper));
  return [5, 10, 25].find((end) => upper <= end) ?? 100;
}

import type { TopLevelSpec } from "vega-lite";
import { pageColors, pageFigureConfig, pageFigureSize } from "./report-style.js";

interface EpochScores {
  /** As the legend shows it. */
  readonly name: string;
  readonly color: "flagged" | "trusted" | "suspect";
  /** By sample: its score in each epoch, in [0, 1]; NaN where it has none. */
  readonly traces: readonly (readonly number[])[];
}

/** Epochs of which each has its tick. */
const mostTicks = 10;

/** How the scores of kinds of samples go over the epochs: medians, with the middle half shaded. @param epochs ascending */
export function scoreByEpoch(epochs: readonly number[], kinds: readonly EpochScores[]): TopLevelSpec {
  const points = kinds.flatMap(({ name, traces }) =>
    epochs.flatMap((epoch, e) => {
      const scores = traces.map((trace) => trace[e]).filter((score) => !Number.isNaN(score));
      if (scores.length === 0) return [];
      const at = (share: number) => Number(quantile(scores, share).toFixed(4));
      return [{ epoch, group: name, low: at(0.25), middle: at(0.5), high: at(0.75) }];
    }),
  );
  const x = {
    field: "epoch",
    type: "quantitative" as const,
    title: "Epoch",
    scale: { domain: [epochs[0], epochs[epochs.length - 1]], nice: false },
    // Between two or three epochs Vega would place ticks at halves as well.
    axis: epochs.length <= mostTicks ? { format: "d", values: [...epochs] } : { format: "d" },
  };
  const color = {
    field: "group",
    type: "nominal" as const,
    scale: { domain: kinds.map(({ name }) => name), range: kinds.map(({ color }) => pageColors[color]) },
    // The shade is thin.
    legend: { symbolOpacity: 1 },
  };
  const scale = { domain: [0, 1] };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    ...pageFigureSize,
    config: pageFigureConfig,
    data: { values: points },
    layer: [
      {
        mark: { type: "area", opacity: 0.18 },
        encoding: {
          x,
          y: { field: "low", type: "quantitative", title: "Score", scale },
          y2: { field: "high" },
          color,
        },
      },
      {
        mark: { type: "line", strokeWidth: 2, point: epochs.length < 20 ? { size: 24 } : false },
        encoding: { x, y: { field: "middle", type: "quantitative", scale }, color },
      },
    ],
  };
}

/** The smallest value that at least a share of them do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;
}

import type { TopLevelSpec } from "vega-lite";
import { pageColors, pageFigureConfig, pageFigureSize } from "./report-style.js";

interface ClassScores {
  /** float64 [n] */
  readonly trusted: Float64Array;
  /** float64 [m] */
  readonly suspects: Float64Array;
  /** uint8 [m] */
  readonly flagged: Uint8Array;
}

/**
 * How the scores of trusted images, which is how clean ones score, lie against those of suspects: shares of each, the flagged ones
 * on top of the others, and a line at the lowest score that is flagged.
 */
export function nullAgainstSuspects({ trusted, suspects, flagged }: ClassScores): TopLevelSpec {
  const all = [...trusted, ...suspects];
  const low = all.reduce((least, score) => Math.min(least, score), all[0] ?? 0);
  const high = all.reduce((most, score) => Math.max(most, score), low);
  // So many that a bin is more than an image or two.
  const numBins = Math.max(12, Math.min(40, Math.round(2 * Math.sqrt(trusted.length))));
  const width = (high - low || 1) / numBins;
  const binOf = (score: number) => Math.max(0, Math.min(numBins - 1, Math.floor((score - low) / width)));
  const shares = (scores: Float64Array, of: number): Float64Array => {
    const counts = new Float64Array(numBins);
    for (const score of scores) counts[binOf(score)] += 100 / of;
    return counts;
  };
  const reference = shares(trusted, trusted.length);
  const isFlagged = (_: number, i: number) => flagged[i] === 1;
  const above = shares(suspects.filter(isFlagged), suspects.length);
  const below = shares(
    suspects.filter((score, i) => !isFlagged(score, i)),
    suspects.length,
  );
  const lowestFlagged = suspects.filter(isFlagged).reduce((least, score) => Math.min(least, score), Infinity);
  const isAnyFlagged = Number.isFinite(lowestFlagged);
  const names = ["Trusted", "Suspect, not flagged", "Suspect, flagged"] as const;
  const bins = Array.from({ length: numBins }, (_, i) => ({
    from: rounded(low + i * width),
    to: rounded(low + (i + 1) * width),
    i,
  }));
  const bars = bins.flatMap(({ from, to, i }) =>
    [
      { from, to, group: names[1], base: 0, top: rounded(below[i]) },
      { from, to, group: names[2], base: rounded(below[i]), top: rounded(below[i] + above[i]) },
    ].filter(({ base, top }) => top > base),
  );
  const outline = [...bins.map(({ from, i }) => ({ from, top: rounded(reference[i]), group: names[0] }))];
  outline.push({ from: rounded(high), top: 0, group: names[0] });
  const color = {
    field: "group",
    type: "nominal",
    scale: {
      domain: names.slice(0, isAnyFlagged ? 3 : 2),
      range: [pageColors.trusted, pageColors.suspect, pageColors.flagged],
    },
  } as const;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    ...pageFigureSize,
    config: pageFigureConfig,
    layer: [
      {
        data: { values: bars },
        mark: { type: "bar", binSpacing: 1 },
        encoding: {
          x: { field: "from", type: "quantitative", bin: { binned: true }, title: "Score" },
          x2: { field: "to" },
          y: { field: "base", type: "quantitative", title: "Share of its kind, %" },
          y2: { field: "top" },
          color,
        },
      },
      {
        data: { values: outline },
        mark: { type: "line", interpolate: "step-after", strokeWidth: 2 },
        encoding: {
          x: { field: "from", type: "quantitative" },
          y: { field: "top", type: "quantitative" },
          color,
        },
      },
      ...(isAnyFlagged
        ? [
            {
              data: { values: [{ from: rounded(lowestFlagged) }] },
              mark: { type: "rule" as const, strokeWidth: 1.5, strokeDash: [5, 4], color: pageColors.ink },
              encoding: { x: { field: "from", type: "quantitative" as const } },
            },
          ]
        : []),
    ],
  };
}

/** As many digits as a figure shows. */
const rounded = (value: number): number => Number(value.toPrecision(5));

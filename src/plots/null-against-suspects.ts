import type { TopLevelSpec } from "vega-lite";
import { pageColors, pageFigureConfig, pageFigureSize } from "./report-style.js";

interface NamedScores {
  /** As the legend shows it. */
  readonly name: string;
  /** float64 [any] */
  readonly scores: Float64Array;
}

interface ClassScores {
  /** How clean ones score. */
  readonly reference: NamedScores;
  /** Suspects of two kinds, the second of which stands out. */
  readonly suspects: readonly [NamedScores, NamedScores];
  /** Drawn as dashed lines, with their names, which may be empty. */
  readonly cuts: readonly { readonly name: string; readonly value: number }[];
}

type UnitLayer = Extract<TopLevelSpec, { layer: unknown }>["layer"][number];

/**
 * How the scores of trusted images, which is how clean ones score, lie against those of suspects: shares of each, one kind of suspects
 * on top of the other, and a line at each cut.
 */
export function nullAgainstSuspects({ reference, suspects, cuts }: ClassScores): TopLevelSpec {
  const [plain, marked] = suspects;
  const all = [...reference.scores, ...plain.scores, ...marked.scores];
  const low = all.reduce((least, score) => Math.min(least, score), all[0] ?? 0);
  const high = all.reduce((most, score) => Math.max(most, score), low);
  // So many that a bin is more than an image or two.
  const numBins = Math.max(12, Math.min(40, Math.round(2 * Math.sqrt(reference.scores.length))));
  const width = (high - low || 1) / numBins;
  const binOf = (score: number) => Math.max(0, Math.min(numBins - 1, Math.floor((score - low) / width)));
  const shares = (scores: Float64Array, of: number): Float64Array => {
    const counts = new Float64Array(numBins);
    for (const score of scores) counts[binOf(score)] += 100 / of;
    return counts;
  };
  const usual = shares(reference.scores, reference.scores.length);
  const numSuspects = plain.scores.length + marked.scores.length;
  const [below, above] = [shares(plain.scores, numSuspects), shares(marked.scores, numSuspects)];
  const names = [reference.name, plain.name, marked.name];
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
  const outline = [...bins.map(({ from, i }) => ({ from, top: rounded(usual[i]), group: names[0] }))];
  outline.push({ from: rounded(high), top: 0, group: names[0] });
  const color = {
    field: "group",
    type: "nominal",
    scale: {
      domain: names.slice(0, marked.scores.length > 0 ? 3 : 2),
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
      ...cuts.flatMap((cut, i) => cutLayers(cut, i)),
    ],
  };
}

/** Cuts may be close to each other: names stand left of the first, right of the others, each a line lower. */
const cutLayers = ({ name, value }: ClassScores["cuts"][number], place: number): UnitLayer[] => {
  const data = { values: [{ from: rounded(value), name }] };
  const x = { field: "from", type: "quantitative" } as const;
  const line: UnitLayer = {
    data,
    mark: { type: "rule", strokeWidth: 1.5, strokeDash: [5, 4], color: pageColors.ink },
    encoding: { x },
  };
  const text: UnitLayer = {
    data,
    mark: {
      type: "text",
      ...(place === 0 ? { align: "right", dx: -5 } : { align: "left", dx: 5 }),
      color: pageColors.ink,
    },
    encoding: { x, y: { value: 6 + 14 * place }, text: { field: "name" } },
  };
  return name === "" ? [line] : [line, text];
};

/** As many digits as a figure shows. */
const rounded = (value: number): number => Number(value.toPrecision(5));

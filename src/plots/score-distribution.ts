import type { TopLevelSpec } from "vega-lite";
import { type DashedLine, dashedLineLayers } from "./dashed-lines.js";
import { accentColor, cleanColor, figureConfig, figureSize, figureTitle, poisonColors } from "./style.js";
import { thin, thinningNote } from "./thin.js";

/** Suspects drawn in one colour. */
interface ScoreGroup {
  /** As the legend shows it, e.g. "Poisons (lc)". */
  readonly name: string;
  /** "unknown" when there is no ground truth. */
  readonly kind: "poison" | "clean" | "unknown";
  /** [numSamples], poisoning scores in [0, 1] */
  readonly scores: ArrayLike<number>;
}

export interface ScoreDistribution {
  readonly title: string;
  /** One poison group an attack. */
  readonly groups: readonly ScoreGroup[];
  readonly thresholds: readonly { readonly name: string; readonly value: number }[];
}

/**
 * Poisoning score over sample number, with the thresholds as dashed lines. Poisons are numbered from 0 through
 * all attacks, clean suspects from 0 again.
 */
export function scoreDistributionFigure({ title, groups, thresholds }: ScoreDistribution): TopLevelSpec {
  const samples = numberSamples(groups);
  const shown = thin(samples.length, groups.length, (i) => samples[i]);
  const names = groups.map(({ name }) => name);
  const points = shown.map((i) => {
    const { x, y, group } = samples[i];
    return { sample: x, score: Number(y.toFixed(5)), group: names[group] };
  });
  const lastSample = samples.reduce((last, { x }) => Math.max(last, x), 1);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: figureTitle(title, thinningNote(points.length, samples.length)),
    ...figureSize,
    config: figureConfig,
    layer: [
      {
        data: { values: points },
        mark: { type: "point", filled: true, size: 26, opacity: 0.6 },
        encoding: {
          x: {
            field: "sample",
            type: "quantitative",
            title: "Sample",
            scale: { domain: [0, lastSample], nice: false },
            axis: { format: ",d", tickCount: Math.min(8, lastSample) },
          },
          y: {
            field: "score",
            type: "quantitative",
            title: "Poisoning Score",
            scale: { domain: [0, 1] },
            axis: { tickCount: 5 },
          },
          color: { field: "group", type: "nominal", scale: { domain: names, range: colorsOf(groups) } },
          shape: { field: "group", type: "nominal", scale: { domain: names, range: groups.map(shapeOf) } },
        },
      },
      ...dashedLineLayers(thresholds.map(thresholdLine)),
    ],
  };
}

/** All samples as points; `group` is a position in `groups`. */
function numberSamples(groups: readonly ScoreGroup[]): { x: number; y: number; group: number }[] {
  const next = { poison: 0, clean: 0, unknown: 0 };
  return groups.flatMap(({ kind, scores }, group) =>
    Array.from(scores, (y) => ({ x: next[kind]++, y, group })),
  );
}

const thresholdLine = ({ name, value }: { name: string; value: number }): DashedLine => ({
  value,
  label: `${name} threshold ${value.toFixed(3)}`,
});

function colorsOf(groups: readonly ScoreGroup[]): string[] {
  let numPoisonGroups = 0;
  return groups.map(({ kind }) => {
    if (kind === "clean") return cleanColor;
    if (kind === "unknown") return accentColor;
    return poisonColors[numPoisonGroups++ % poisonColors.length];
  });
}

/** Told apart without colour, too. */
const shapeOf = ({ kind }: ScoreGroup): string => (kind === "poison" ? "triangle-up" : "circle");

import { formatCount } from "../format.js";
import { type RateInterval, rateIntervalsFigure } from "../plots/rate-intervals.js";
import { renderFigure } from "../plots/render.js";
import type { Row } from "./estimates.js";
import { type Measure, measures } from "./measures.js";

/** Of the rates in `measures`. */
const panels = [
  { name: "ACC", title: "clean accuracy (%)" },
  { name: "ASR", title: "attack success (%)" },
  { name: "TPR", title: "poisons found (TPR, %)" },
  { name: "FPR", title: "clean ones accused (FPR, %)" },
] as const satisfies readonly { name: Measure["kind"]; title: string }[];
const series = [
  "before",
  "after",
  "at random",
  "no poison",
  "KMeans",
  "Gaussian",
] as const satisfies readonly Measure["series"][];
/** Rows that a page has room for. */
const drawnRows = 40;

/** Draws the rates of a sweep's rows with their intervals. @param path without extension @returns the files' paths; none where nothing was measured */
export async function drawRates(title: string, all: readonly Row[], path: string): Promise<string[]> {
  const measured = all.filter(({ estimates }) => Object.keys(estimates).length > 0);
  if (measured.length === 0) return [];
  const rows = measured.slice(0, drawnRows);
  const rates = rows.flatMap(({ label, estimates }) =>
    measures.flatMap(({ series: name, kind, rate }): RateInterval[] => {
      const estimate = estimates[rate];
      if (!estimate) return [];
      const { lower, upper } = estimate.interval ?? {};
      return [{ row: label, panel: kind, series: name, rate: estimate.rate, lower, upper }];
    }),
  );
  const hasSeeds = rows.some(({ cells }) => cells.length > 1);
  const spec = rateIntervalsFigure({
    title,
    notes: [
      hasSeeds
        ? "Means over seeds with 95 % intervals (Student)"
        : "With exact 95 % intervals (Clopper and Pearson)",
      ...(rows.length < measured.length
        ? [`The first ${rows.length} of ${formatCount(measured.length)} rows`]
        : []),
    ],
    panels: panels.filter(({ name }) => rates.some(({ panel }) => panel === name)),
    series,
    rows: rows.map(({ label }) => label),
    rates,
  });
  const { png, spec: specPath } = await renderFigure(spec, path);
  return [png, specPath];
}

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { TopLevelSpec } from "vega-lite";
import { expect, test } from "vitest";
import { differencesFigure } from "../../src/plots/differences.js";
import { featureImportancesFigure } from "../../src/plots/feature-importances.js";
import { rateIntervalsFigure } from "../../src/plots/rate-intervals.js";
import { drawSvg, renderFigure } from "../../src/plots/render.js";
import { scoreByEpoch } from "../../src/plots/score-by-epoch.js";
import { scoreDistributionFigure } from "../../src/plots/score-distribution.js";
import { zScoresFigure } from "../../src/plots/z-scores.js";
import { createRng } from "../../src/random/rng.js";
import { temporaryFolder } from "../store/temporary-folder.js";

// As on a machine that has no fonts; the canvas looks for them when it is first loaded, by the first figure.
process.env.DISABLE_SYSTEM_FONTS_LOAD = "1";

const normals = (count: number) => {
  const rng = createRng("normals");
  return Float32Array.from({ length: count }, () => rng.normal());
};
const around = (center: number, count: number) => normals(count).map((value) => center + value / 20);
const lcScores = [
  { name: "Poisons", kind: "poison", scores: around(0.8, 50) },
  { name: "Clean suspects", kind: "clean", scores: around(0.2, 50) },
] as const;
const thresholds = [
  { name: "KMeans", value: 0.5 },
  { name: "Gaussian", value: 0.4 },
];

const figures: Record<string, TopLevelSpec> = {
  scores: scoreDistributionFigure({ title: "Scores", groups: lcScores, thresholds }),
  "scores without ground truth": scoreDistributionFigure({
    title: "Scores",
    groups: [{ name: "Suspects", kind: "unknown", scores: around(0.5, 9000) }],
    thresholds: [],
  }),
  "scores of poisons alone": scoreDistributionFigure({
    title: "Scores",
    groups: [lcScores[0], { ...lcScores[1], scores: [] }],
    thresholds,
  }),
  importances: featureImportancesFigure(normals(300).map(Math.abs), 0.1),
  "importances of 0": featureImportancesFigure(new Float32Array(3), 0.1),
  "importances without a cut": featureImportancesFigure([0.5, 0.5], 0),
  "z-scores": zScoresFigure(normals(6000), 1, Int32Array.of(3, 5)),
  differences: differencesFigure(normals(100).map(Math.abs), new Int32Array(0)),
  "rates with intervals": rateIntervalsFigure({
    title: "Rates",
    notes: [],
    panels: ["ACC", "ASR", "TPR"].map((name) => ({ name, title: name })),
    series: ["before", "after"],
    rows: Array.from({ length: 6 }, (_, i) => `row ${i}`),
    rates: [
      { row: "row 1", panel: "ACC", series: "before", rate: 0.99, lower: 0.95, upper: 1.02 },
      { row: "row 5", panel: "ASR", series: "after", rate: 0.01, lower: undefined, upper: undefined },
    ],
  }),
  "differences of one feature": differencesFigure(Float32Array.of(1), Int32Array.of(0)),
};

test.each(Object.entries(figures))(
  "%s: a picture with text, and its specification beside it",
  async (_, spec) => {
    const folder = await temporaryFolder();
    const files = await renderFigure(spec, join(folder, "made", "figure_0.1"));
    expect((await readdir(join(folder, "made"))).sort()).toEqual(["figure_0.1.png", "figure_0.1.vl.json"]);
    expect(JSON.parse(await readFile(files.spec, "utf8"))).toEqual(JSON.parse(JSON.stringify(spec)));
    const { info } = await sharp(files.png).raw().toBuffer({ resolveWithObject: true });
    expect([info.width > 1280, info.height > 680]).toEqual([true, true]);
    // The title's line: white, with ink on a part of it.
    const title = await sharp(files.png)
      .extract({ left: 60, top: 20, width: 300, height: 45 })
      .greyscale()
      .raw()
      .toBuffer();
    const inked = title.filter((level) => level < 100).length / title.length;
    expect(inked).toBeGreaterThan(0.02);
    expect(inked).toBeLessThan(0.4);
  },
);

test("what Vega cannot draw is an error, not an empty picture", async () => {
  const folder = await temporaryFolder();
  const spec: TopLevelSpec = {
    data: { values: [{ text: "x" }] },
    transform: [{ calculate: "datum.text.missing.deeper", as: "y" }],
    mark: "point",
    encoding: { y: { field: "y" } },
  };
  await expect(renderFigure(spec, join(folder, "figure"))).rejects.toThrow(/could not draw/);
  expect(await readdir(folder)).toEqual(["figure.vl.json"]);
});

/** The figure as plain JSON, to look into. */
const json = (spec: TopLevelSpec) => JSON.parse(JSON.stringify(spec));

test("scores: red poisons and green clean suspects over 0..1, one dashed line a threshold in the legend", () => {
  const { layer } = json(figures.scores);
  const { x, y, color } = layer[0].encoding;
  expect([x.title, y.title, y.scale.domain]).toEqual(["Sample", "Poisoning Score", [0, 1]]);
  expect(color.scale).toEqual({ domain: ["Poisons", "Clean suspects"], range: ["#c9252d", "#2c9a4b"] });
  expect(layer[0].data.values[50]).toMatchObject({ sample: 0, group: "Clean suspects" });
  expect(layer[1].data.values.map(({ label }: { label: string }) => label)).toEqual([
    "KMeans threshold 0.500",
    "Gaussian threshold 0.400",
  ]);
});

test("mixes: one colour an attack, numbered one after the other", () => {
  const groups = ["Narcissus", "Sleeper Agent"].map((name) => ({
    name,
    kind: "poison" as const,
    scores: [0.9, 0.8],
  }));
  const { layer } = json(scoreDistributionFigure({ title: "", groups, thresholds }));
  expect(new Set(layer[0].encoding.color.scale.range).size).toBe(2);
  expect(layer[0].data.values.map(({ sample }: { sample: number }) => sample)).toEqual([0, 1, 2, 3]);
});

test("importances are ranked, counted against the cut, and unused ones mentioned", () => {
  const { title, layer } = json(featureImportancesFigure([0.1, 0, 0.7, 0.00001], 0.0001));
  expect(title.subtitle).toEqual(["Features of importance 0, not drawn: 1"]);
  expect(layer[0].data.values).toEqual([
    { rank: 1, importance: 0.7, group: "Kept (2)" },
    { rank: 2, importance: 0.1, group: "Kept (2)" },
    { rank: 3, importance: 0.00001, group: "Dropped (2)" },
  ]);
});

test("thinned figures say so", () => {
  expect(json(figures["z-scores"]).title.subtitle[0]).toMatch(/^[45],\d{3} of 6,000 points are drawn/);
  expect(json(figures.differences).title.subtitle).toBeUndefined();
});

test("each of a few epochs has one tick", async () => {
  const kind = { name: "Poison", color: "flagged", traces: [[0.5, 0.6]] } as const;
  const svg = await drawSvg(scoreByEpoch([2, 3], [kind]));
  const labels = [...svg.matchAll(/>(\d+)<\/text>/g)].map(([, text]) => text);
  expect(labels).toEqual(["2", "3"]);
});

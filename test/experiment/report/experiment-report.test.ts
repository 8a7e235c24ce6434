import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flagRecord } from "../../../src/experiment/comparison.js";
import { experimentReport } from "../../../src/experiment/report/experiment-report.js";
import { keepFindings, readFindings } from "../../../src/experiment/report/findings.js";
import { readModelMeasures } from "../../../src/experiment/report/measures.js";
import { appendResult, writeConfig } from "../../../src/experiment/results.js";
import { sampleExperiment } from "./sample-experiment.js";

let folder: string;
let sample: ReturnType<typeof sampleExperiment>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-findings-"));
  sample = sampleExperiment();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("what scoring found comes back as it was kept, and only to who made it from the same", async () => {
  const path = join(folder, "findings.json");
  const origin = { settings: { global_seed: 1 }, inputs: { increments: "a" }, via: {} };
  await keepFindings(path, sample.findings, origin);
  expect(await readFindings(path, origin)).toEqual(sample.findings);
  expect(await readFindings(path, { ...origin, inputs: { increments: "b" } })).toBeUndefined();
  const text = await readFile(path, "utf8");
  await writeFile(path, text.slice(0, text.length / 2));
  expect(await readFindings(path, origin)).toBeUndefined();
});

test("the verdict, the rates, the images and their traces are those of the findings", async () => {
  const { experiment, findings } = sample;
  const report = await experimentReport(experiment, findings, {}, undefined, new Date(0));
  // Poisons 10 and 20 are missed.
  expect(report.verdict.headline.replaceAll("\u00a0", " ")).toBe(
    "28 of 30 poisons found, 0 of 30 clean suspects flagged",
  );
  expect(report.verdict.tone).toBe("evidence");
  const [detection, ...others] = report.measures;
  expect(others).toEqual([]);
  expect(detection.columns).toEqual(["TPR", "FPR"]);
  expect(detection.rows.map(({ cells }) => cells).slice(0, 2)).toEqual([
    [
      { count: 28, of: 30 },
      { count: 0, of: 30 },
    ],
    // Only clean suspect 59 scores 0.359.
    [
      { count: 28, of: 30 },
      { count: 1, of: 30 },
    ],
  ]);
  const [{ cards, total, traced }] = report.suspects;
  expect(total).toBe(28);
  expect(traced?.epochs).toEqual([3, 4, 5]);
  // Half of the reference samples have a row in epoch 4, the others in 3 and 5: medians of 0.3 + id / 1000.
  expect(traced?.usual.map((score) => Number(score.toFixed(3)))).toEqual([0.378, 0.379, 0.378]);
  expect(cards.slice(0, 28).every(({ isFlagged, truth }) => isFlagged && truth === "poison")).toBe(true);
  expect(cards[0]).toMatchObject({ file: "image-58.png", rank: 1, trace: [0.858, 0.858, 0.858] });
  expect(cards[0].beside.map(({ caption }) => caption)).toEqual(["before", "nearest", "next"]);
  // 40 levels are the whole difference from before: amplified up to where it is still told apart.
  expect(cards[0].difference?.factor).toBe(3);
  const nearest = cards[0].beside.slice(1).map(({ file }) => Number(/\d+/.exec(file)?.[0]));
  for (const id of nearest) expect(id % 2 === 1 || id >= 60 || id === 10 || id === 20).toBe(true);
  expect(report.reference[0].cards[0].file).toBe("image-99.png");
  expect(report.reference[0].cards[0].trace).toEqual([Number.NaN, 0.399, Number.NaN]);
});

test("without clean suspects the share of reference samples above a cut stands in for the false positive rate", async () => {
  const { experiment, findings } = sample;
  const allPoisonIds = findings.scores.sampleIds;
  const truth = { ...experiment.truth, allPoisonIds, poisonIds: { lc: allPoisonIds } };
  const report = await experimentReport({ ...experiment, truth }, findings, {}, undefined, new Date(0));
  expect(report.measures[0].columns[1]).toContain("reference FPR");
  // Above 0.358 are all 40 reference samples, 0.360 to 0.399; above 0.6 none.
  expect(report.measures[0].rows.map(({ cells }) => cells[1]).slice(0, 2)).toEqual([
    { count: 0, of: 40 },
    { count: 40, of: 40 },
  ]);
});

test("models' rates are the newest of rows with the same flags, whichever run measured them", async () => {
  const { config } = sample.experiment;
  const add = async (changes: object, measured: object, stage: string) => {
    const row = { ...measured, testImages: 40, triggeredTestImages: 36, runId: "r", stage };
    const flags = JSON.parse(JSON.stringify({ ...flagRecord(config), ...changes }));
    await appendResult(folder, { ...row, config: await writeConfig(folder, flags) });
  };
  const before = { poisonedTrainingAccuracy: 0.5, poisonedTrainingAsr: 0.75 };
  await add({}, { poisonedTrainingAccuracy: 0.25, poisonedTrainingAsr: 1 }, "poisoned_training");
  // Another run of the same training, which differs in what comes after it, by a version that had no --precision.
  await add({ k_1: 7, poisoned_training: true, precision: undefined }, before, "poisoned_training");
  await add({ k_1: 7 }, { retrainAccuracy: 0.5, retrainAsr: 0.25 }, "retrain");
  await add({ lr: 0.9 }, { cleanTrainingAccuracy: 0.5 }, "clean_training");
  const paths = { ...sample.experiment.paths, resultsDir: folder };
  expect(await readModelMeasures({ config, paths })).toEqual({
    poisonedTrainingAccuracy: { count: 20, of: 40 },
    poisonedTrainingAsr: { count: 27, of: 36 },
  });
});

import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flagNames } from "../../src/experiment/flags/flags.js";
import { readResults, shareOfRate } from "../../src/experiment/results.js";
import { readCheckpoint } from "../../src/store/checkpoint.js";
import { readIndices } from "../../src/store/indices.js";
import { readBatchLevel, readSampleLevel } from "../../src/store/provenance-store.js";
import { maxAbsDifference } from "../golden.js";
import { hashesOf, names } from "./artefacts.js";
import { copyOf, newFolder, stages, succeed, tinyFlags } from "./cli.js";

const numPoisons = 10;
const numSuspects = 14;
const trainSize = 200;

let apart: string;
let together: string;
let printed: string;
beforeAll(async () => {
  [apart, together] = [await newFolder(), await newFolder()];
  for (const stage of stages) await succeed(apart, [...tinyFlags(), stage]);
  printed = await succeed(together, [...tinyFlags(), ...stages]);
});
afterAll(async () => {
  for (const folder of [apart, together]) await rm(folder, { recursive: true, force: true });
});

const isTargetClass = (id: number) => id % 10 === 2 && id >= 0 && id < trainSize;

describe("six stages, each in a process of its own", () => {
  test("checkpoints have the original's stems and can be read", async () => {
    const saved = (await readdir(join(apart, "saved_models"))).map((name) => `saved_models/${name}`);
    const { features, increments, excluded, ...models } = names;
    expect(saved.sort()).toEqual(Object.values(models).sort());
    for (const path of [names.model, names.cleanModel, names.retrainedModel, names.baseModel]) {
      const { state, metadata } = await readCheckpoint(join(apart, path));
      expect(state.get("linear.weight")?.shape).toEqual([10, 64]);
      expect(JSON.parse(metadata.config)).toMatchObject({ dataset: "synthetic", model: "ResNet8" });
      for (const { data } of state.values()) expect(data.every(Number.isFinite)).toBe(true);
    }
    const optimizer = await readCheckpoint(join(apart, names.optimizer));
    expect(optimizer.state.get("step")?.data[0]).toBe(Math.ceil(trainSize / 16));
    expect(optimizer.state.get("momentum_buffer.linear.weight")?.shape).toEqual([10, 64]);
    const scheduler = await readCheckpoint(join(apart, names.scheduler));
    expect(scheduler.state.get("T_max")?.data[0]).toBe(1);
    expect(scheduler.metadata.base_lr).toBe("0.05");
  });

  test("training moved the weights, and the models differ", async () => {
    const weights = async (path: string) =>
      (await readCheckpoint(join(apart, path))).state.get("linear.weight")?.data.join();
    const all = await Promise.all([names.model, names.cleanModel, names.retrainedModel].map(weights));
    expect(new Set(all).size).toBe(3);
  });

  test("important features: ascending, of the state, as the z-scores say", async () => {
    const { importantFeatures, z, differences, manifest } = await readBatchLevel(join(apart, names.features));
    expect(z).toHaveLength(differences.length);
    const above = [...z.keys()].filter((i) => Math.abs(z[i]) > 1);
    expect([...importantFeatures]).toEqual(above);
    expect(above.length).toBeGreaterThan(0);
    expect(manifest.origin).toMatchObject({ seed: 545, config: { pr_sus: 67, bs_bl: 16 } });
  });

  test("increments: a row for every suspect and as many clean-1 samples, at the features", async () => {
    const { features, suspects, clean } = await readSampleLevel(join(apart, names.increments));
    const { importantFeatures } = await readBatchLevel(join(apart, names.features));
    expect(features).toEqual(importantFeatures);
    expect(new Set(suspects.sampleIds).size).toBe(numSuspects);
    expect(suspects.sampleIds).toHaveLength(numSuspects);
    expect(clean.sampleIds).toHaveLength(numSuspects);
    const suspected = new Set(suspects.sampleIds);
    for (const { rows, sampleIds, epochs } of [suspects, clean]) {
      expect(rows).toHaveLength(sampleIds.length * features.length);
      expect(rows.every(Number.isFinite)).toBe(true);
      expect(rows.some((value) => value !== 0)).toBe(true);
      expect([...sampleIds].every(isTargetClass)).toBe(true);
      // Base epochs come first: capture is epoch 1.
      expect(new Set(epochs)).toEqual(new Set([1]));
    }
    expect([...clean.sampleIds].filter((id) => suspected.has(id))).toEqual([]);
  });

  test("excluded samples are suspects, with a record beside", async () => {
    const excluded = await readIndices(join(apart, names.excluded));
    const { suspects } = await readSampleLevel(join(apart, names.increments));
    const suspected = new Set(suspects.sampleIds);
    expect([...excluded].every((id) => suspected.has(id))).toBe(true);
    const record = JSON.parse(await readFile(join(apart, names.excluded.replace(".npy", ".json")), "utf8"));
    expect(record).toMatchObject({ count: excluded.length, config: { threshold_type: "kmeans" } });
    expect(record.threshold).toBeGreaterThan(0);
    expect(record.threshold).toBeLessThan(1);
  });

  test("results.csv has a row for every stage, with its measures and no others", async () => {
    const folder = join(apart, "results/e2e");
    const rows = await readResults(folder);
    expect(rows.map((row) => `--${row.stage}`)).toEqual(stages);
    const filled = rows.map(({ runId, stage, config, ...measured }) =>
      Object.keys(measured).filter((key) => measured[key as keyof typeof measured] !== undefined),
    );
    expect(filled).toEqual([
      ["epochs", "cleanTrainingAccuracy", "cleanTrainingAsr", "testImages", "triggeredTestImages"],
      ["epochs", "poisonedTrainingAccuracy", "poisonedTrainingAsr", "testImages", "triggeredTestImages"],
      ["epochs", "numFeatures"],
      ["epochs", "numFeatures"],
      [
        "numFeatures",
        "truePositiveRateKmeans",
        "falsePositiveRateKmeans",
        "truePositiveRateGaussian",
        "falsePositiveRateGaussian",
        "poisons",
        "cleanSuspects",
      ],
      ["epochs", "retrainAccuracy", "retrainAsr", "testImages", "triggeredTestImages"],
    ]);
    expect(shareOfRate(rows[1], "poisonedTrainingAsr")?.of).toBe(36);
    expect(shareOfRate(rows[4], "truePositiveRateKmeans")?.of).toBe(10);
    expect(shareOfRate(rows[4], "falsePositiveRateKmeans")?.of).toBe(numSuspects - 10);
    expect(shareOfRate(rows[5], "retrainAccuracy")?.of).toBe(40);
    const [first] = (await readFile(join(folder, "results.csv"), "utf8")).split("\n");
    expect(first).toBe(
      "epochs,Clean training ACC,Poisoned training ACC,Poisoned training ASR,Batch-level |features|," +
        "TPR KMeans,FPR KMeans,TPR Gaussian,FPR Gaussian,Retrain ACC,Retrain ASR," +
        "Clean training ASR,Retrain control ACC,Retrain control ASR," +
        "test images,triggered test images,poisons among suspects,clean suspects,run_id,stage,config",
    );
  });

  test("config.json holds every flag", async () => {
    const config = JSON.parse(await readFile(join(apart, "results/e2e/config.json"), "utf8"));
    expect(Object.keys(config)).toEqual(flagNames);
    expect(config).toMatchObject({ lr: 0.05, retrain: true, attack_opt: { steps: 3 }, training_mode: true });
  });

  test("four figures, each a PNG and its Vega-Lite description", async () => {
    for (const name of ["Max_diff", "differences", "score_distribution", "feature_importances"]) {
      const png = await readFile(join(apart, `results/e2e/${name}.png`));
      expect(png.subarray(0, 8)).toEqual(Buffer.from("\x89PNG\r\n\x1a\n", "latin1"));
      const description = JSON.parse(await readFile(join(apart, `results/e2e/${name}.vl.json`), "utf8"));
      expect(description.$schema).toContain("vega-lite");
    }
  });

  test("crafted images are kept as one PNG with what they depend on", async () => {
    const folder = join(apart, "datasets/poisons");
    const [record, png] = (await readdir(folder)).sort();
    expect(await readdir(folder)).toHaveLength(2);
    const { key } = JSON.parse(await readFile(join(folder, record), "utf8"));
    expect(key).toMatchObject({ attack: "lc", eps: 8, steps: 3, alpha: 1.5 });
    expect(key.poisonIds.split(" ")).toHaveLength(numPoisons);
    const bytes = await readFile(join(folder, png));
    // Width and height stand in the header.
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([32, 32 * numPoisons]);
  });

  test("nothing half-written is left", async () => {
    const files = await readdir(apart, { recursive: true });
    expect(files.filter((name) => name.includes("partial"))).toEqual([]);
  });
});

test("the same stages in one process give the same bytes", async () => {
  const perRun = ["results.csv", "config.json", "run.json"];
  const isConfig = ([path]: [string, string]) => path.includes("results/e2e/configs/");
  const [a, b] = await Promise.all([hashesOf(apart, perRun), hashesOf(together, perRun)]);
  const artefacts = (hashes: Map<string, string>) =>
    Object.fromEntries(
      [...hashes].filter((entry) => !isConfig(entry) && !entry[0].endsWith("manifest.json")),
    );
  expect(artefacts(b)).toEqual(artefacts(a));
});

test("a run says what it does: engine first, then the table of what it measured", () => {
  const lines = printed.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^engine: (tensorflow|webgpu|wasm)/);
  expect(printed).toMatch(
    /\n +clean accuracy \(ACC\) +attack success \(ASR\)\nbefore .*%.*%.*\nafter .*%.*%.*\nwithout any poison .*%.*%.*\n/,
  );
  expect(printed).toMatch(
    /score: KMeans threshold 0\.\d+: TPR [\d.]+ % \(\d+\/10 \[.*\]\), FPR [\d.]+ % \(\d\/4 \[/,
  );
  expect(lines.at(-1)).toBe("results: results/e2e/results.csv");
});

test("the wasm engine finds the same increments, from the same models and features", async () => {
  const folder = await copyOf(apart);
  await rm(join(folder, names.increments), { recursive: true });
  await succeed(folder, [...tinyFlags({ engine: "wasm" }), "--sample_level", "--score_samples"]);
  const wasm = await readSampleLevel(join(folder, names.increments));
  const native = await readSampleLevel(join(apart, names.increments));
  expect(wasm.manifest.origin.engine).toContain("wasm");
  expect(wasm.features).toEqual(native.features);
  for (const kind of ["suspects", "clean"] as const) {
    expect(wasm[kind].sampleIds).toEqual(native[kind].sampleIds);
    // The weights drift apart by rounding over the epoch's batches.
    const largest = native[kind].rows.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(maxAbsDifference(wasm[kind].rows, native[kind].rows)).toBeLessThan(0.01 * largest);
  }
  const rows = await readResults(join(folder, "results/e2e"));
  expect(rows.at(-1)?.truePositiveRateKmeans).toBeGreaterThanOrEqual(0);
});

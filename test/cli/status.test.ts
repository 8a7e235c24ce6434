import { mkdir, truncate, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { nextSteps } from "../../src/cli/next-steps.js";
import { readStatus } from "../../src/cli/status.js";
import { describeStatus } from "../../src/cli/status-text.js";
import { stageNames } from "../../src/config/names.js";
import { artefactPaths } from "../../src/experiment/artefact-names.js";
import { type ArtefactKind, configForComparison, flagRecord } from "../../src/experiment/comparison.js";
import type { RawFlags } from "../../src/experiment/flags/flags.js";
import { parseRunConfig, type RunConfig } from "../../src/experiment/run-config.js";
import { writeJsonAtomic } from "../../src/files/atomic-file.js";
import { takeLock } from "../../src/files/lock.js";
import { writeCheckpoint } from "../../src/store/checkpoint.js";
import { writeIndices } from "../../src/store/indices.js";
import { writeBatchLevel } from "../../src/store/provenance-store.js";
import { startRunRecord } from "../../src/store/run-record.js";
import { temporaryFolder } from "../store/temporary-folder.js";

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const allStages = Object.fromEntries(stageNames.map((name) => [name, true]));
const configOf = (raw: RawFlags = allStages): RunConfig =>
  parseRunConfig({
    dataset: "synthetic",
    model: "ResNet8",
    epochs: "4",
    ep_bl_base: "4",
    ep_sl_base: "4",
    saved_models_path: folder,
    prov_path: folder,
    figure_path: folder,
    exp: "exp",
    clean_model_path: join(folder, "clean.pth"),
    ...raw,
  });

const state = new Map([["weight", { shape: [3], data: Float32Array.of(1, 2, 3) }]]);

async function saveModel(path: string, config: RunConfig, kind: ArtefactKind = "model", more = {}) {
  await writeCheckpoint(path, state, { config: JSON.stringify(configForComparison(config, kind)), ...more });
}

const savedModels = async (config: RunConfig) => {
  const paths = artefactPaths(config);
  await saveModel(paths.model(4), config);
  await saveModel(paths.optimizer(4), config);
};

const saveFeatures = (config: RunConfig) =>
  writeBatchLevel(
    artefactPaths(config).importantFeatures,
    {
      importantFeatures: Int32Array.of(1),
      z: Float32Array.of(0, 2),
      differences: Float32Array.of(0, 1),
    },
    {
      config: JSON.parse(JSON.stringify(flagRecord(config))),
      seed: 1,
      datasetFingerprint: "d",
      engine: "e",
      codeVersion: "0",
    },
  );

const steps = async (config: RunConfig) =>
  nextSteps(config, await readStatus(config)).map(({ text }) => text);

test("nothing yet: every stage would be run", async () => {
  const config = configOf();
  expect(await steps(config)).toEqual([
    "train for 4 epochs",
    "train for 4 epochs",
    "capture 10 epochs",
    "capture 10 epochs",
    "score the suspects",
    "train for 4 epochs",
  ]);
  const lines = describeStatus(config, await readStatus(config), new Date());
  expect(lines.slice(0, 2)).toEqual([
    `lc on synthetic, ResNet8, from_scratch; results in ${join(folder, "exp")}`,
    "no run has left a record yet",
  ]);
  expect(lines.filter((line) => line.includes("  missing  "))).toHaveLength(8);
});

test("a finished model is left alone; a capture trains the model it lacks; --force begins anew", async () => {
  const config = configOf();
  await savedModels(config);
  const path = artefactPaths(config).model(4);
  expect((await steps(config))[1]).toBe(`nothing: ${path} is there`);
  expect(await steps(configOf({ batch_level: true, ep_bl_base: "6" }))).toEqual([
    "train the model for 6 epochs, then capture 10 epochs",
  ]);
  expect(await steps(configOf({ batch_level: true, ep_bl_base: "0" }))).toEqual(["capture 10 epochs"]);
  expect(await steps(configOf({ poisoned_training: true, force: true }))).toEqual([
    "train for 4 epochs, anew (--force)",
  ]);
  expect(await steps(configOf({ poisoned_training: true, get_result: true }))).toEqual([
    `report the result of ${path}`,
  ]);
});

test("half done: from where, and with what it weighs", async () => {
  const config = configOf({ poisoned_training: true, sample_level: true, batch_level: true });
  const paths = artefactPaths(config);
  const position = { epoch: "2", batch: "4" };
  await saveModel(paths.model(4).replace(".safetensors", ".progress.safetensors"), config, "model", position);
  const progress = paths.increments.replace(".zarr", ".progress");
  await saveModel(`${progress}.safetensors`, config, "increments", position);
  await mkdir(progress);
  await writeFile(join(progress, "segment"), "");
  await truncate(join(progress, "segment"), 5_000_000);
  expect(await steps(config)).toEqual([
    "go on from epoch 3, batch 5",
    "capture 10 epochs",
    "go on from epoch 3, batch 5",
  ]);
  const status = await readStatus(config);
  expect(status.models.get(4)?.model.kind).toBe("half done");
  expect(status.increments.bytes).toBeGreaterThan(5_000_000);
  const lines = describeStatus(config, status, new Date());
  expect(lines.join("\n")).toMatch(
    /increments +half done +5 MB +[\d.]+ s ago .*\n +would go on from epoch 3/,
  );
});

describe("made with other flags", () => {
  test("which, and that the run would stop there", async () => {
    await savedModels(configOf({ ...allStages, lr: "0.05" }));
    const config = configOf();
    const path = artefactPaths(config).model(4);
    expect(await steps(config)).toEqual([
      "train for 4 epochs",
      `stop: ${path}: made with other flags: --lr 0.05 (now 0.1) (--force makes it anew)`,
    ]);
  });

  test("features and excluded samples, from their own records", async () => {
    const made = configOf({ ...allStages, ep_bl: "3" });
    await saveFeatures(made);
    const paths = artefactPaths(made);
    await writeIndices(paths.indexesToExclude, Int32Array.of(1, 2));
    const record = { config: configForComparison(made, "excluded") };
    await writeJsonAtomic(paths.indexesToExclude.replace(".npy", ".json"), record);
    expect((await readStatus(made)).features).toMatchObject({ kind: "done", reasons: [] });
    const config = configOf({ sample_level: true });
    const { features, excluded } = await readStatus(config);
    for (const { kind, reasons } of [features, excluded]) {
      expect([kind, reasons]).toEqual(["other flags", ["--ep_bl 3 (now 10)"]]);
    }
    expect(await steps(config)).toEqual([
      expect.stringMatching(/^stop: .*\.zarr: made with other flags: --ep_bl 3/),
    ]);
    // Whoever is excluded, a model retrained without others is another one.
    const other = { excluded: "0".repeat(64) };
    await writeCheckpoint(paths.retrainedModel, state, {
      config: JSON.stringify({ ...configForComparison(made, "retrained_model"), ...other }),
    });
    expect((await readStatus(made)).retrained.reasons).toEqual(["other samples excluded"]);
  });
});

test("a damaged model is named; a stage without the one before it would stop", async () => {
  const config = configOf({ poisoned_training: true });
  const path = artefactPaths(config).model(4);
  await savedModels(config);
  await truncate(path, 100);
  expect((await readStatus(config)).models.get(4)?.model).toMatchObject({ kind: "damaged", bytes: 100 });
  expect(await steps(config)).toEqual([`stop: ${path}: damaged (--force makes it anew)`]);
  expect(await steps(configOf({ score_samples: true }))).toEqual([
    expect.stringMatching(/^stop: there is no .*; --sample_level comes first$/),
  ]);
});

test("who is running, and how the latest run ended", async () => {
  const config = configOf();
  const { resultsDir } = artefactPaths(config);
  const giveBack = await takeLock(join(resultsDir, "run.lock"));
  const beginning = { runId: "1", flags: {}, seed: 1, engine: "wasm", engineVersion: "4" };
  const record = await startRunRecord(resultsDir, beginning);
  const describe = async () => describeStatus(config, await readStatus(config), new Date());
  const running = await describe();
  expect(running[1]).toContain(`running: process ${process.pid} on ${hostname()} holds it since 20`);
  expect(running.at(-1)).toBe("A run would now stop at once: these results are being written.");
  await giveBack();
  expect((await describe())[1]).toMatch(/^latest run: begun [\d.]+ s ago, and killed before its end$/);
  await record.end("interrupted");
  expect((await describe())[1]).toMatch(/^latest run: ended .* ago after .* peak memory .*: interrupted$/);
});

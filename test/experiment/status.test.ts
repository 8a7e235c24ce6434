import { mkdir, truncate, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { describeStatus } from "../../src/cli/status-text.js";
import { artefactPaths } from "../../src/experiment/artefact-names.js";
import { type ArtefactKind, configForComparison, recordedFlags } from "../../src/experiment/comparison.js";
import type { RawFlags } from "../../src/experiment/flags/flags.js";
import { parseRunConfig, type RunConfig } from "../../src/experiment/run-config.js";
import { stageNames } from "../../src/experiment/stage-names.js";
import { requestedStages } from "../../src/experiment/stage-table.js";
import { readStatus } from "../../src/experiment/status.js";
import { takeLock } from "../../src/files/lock.js";
import { writeCheckpoint } from "../../src/store/checkpoint.js";
import { digestOf } from "../../src/store/content-digest.js";
import { writeIndexList } from "../../src/store/index-list.js";
import { writeBatchLevel } from "../../src/store/provenance-store.js";
import { startRunRecord } from "../../src/store/run-record.js";
import { nextSteps } from "../../src/workflow/next-steps.js";
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

const saveFeatures = (config: RunConfig, inputs: Record<string, string> = { dataset: "d" }) =>
  writeBatchLevel(
    artefactPaths(config).importantFeatures,
    {
      importantFeatures: Int32Array.of(1),
      z: Float32Array.of(0, 2),
      differences: Float32Array.of(0, 1),
    },
    {
      config: JSON.parse(JSON.stringify(recordedFlags(config))),
      seed: 1,
      inputs,
      engine: "e",
      codeVersion: "0",
    },
  );

/** What is there, by path. */
async function statesOf(config: RunConfig) {
  const { artefacts } = await readStatus(config);
  return new Map(artefacts.map(({ artefact, state }) => [artefact.path, state]));
}

const steps = async (config: RunConfig) =>
  nextSteps(requestedStages(config), await statesOf(config), config.force).map(({ text }) => text);

test("nothing yet: every stage would be run", async () => {
  const config = configOf();
  expect(await steps(config)).toEqual([
    "train for 4 epochs",
    "train for 4 epochs",
    "capture 10 epochs",
    "capture 10 epochs",
    "score the suspects",
    "train for 4 epochs",
    "train for 4 epochs",
  ]);
  const lines = describeStatus(config, await readStatus(config), new Date());
  expect(lines.slice(0, 2)).toEqual([
    `lc on synthetic, ResNet8, from_scratch; results in ${join(folder, "exp")}`,
    "no run has left a record yet",
  ]);
  expect(lines.filter((line) => line.includes("  missing  "))).toHaveLength(9);
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
  const states = await statesOf(config);
  expect(states.get(paths.model(4))?.kind).toBe("half done");
  expect(states.get(paths.increments)?.bytes).toBeGreaterThan(5_000_000);
  const lines = describeStatus(config, await readStatus(config), new Date());
  expect(lines.join("\n")).toMatch(
    /increments +half done +5 MB +[\d.]+ s ago .*\n +would go on from epoch 3/,
  );
});

describe("made otherwise", () => {
  test("which, and that the run would stop there", async () => {
    await savedModels(configOf({ ...allStages, lr: "0.05" }));
    const config = configOf();
    const path = artefactPaths(config).model(4);
    expect(await steps(config)).toEqual([
      "train for 4 epochs",
      `stop: ${path}: made otherwise: --lr 0.05 (now 0.1) (--force makes it anew)`,
    ]);
  });

  test("features and excluded samples, from their own records", async () => {
    const made = configOf({ ...allStages, ep_bl: "3" });
    await saveFeatures(made);
    const paths = artefactPaths(made);
    const origin = { settings: configForComparison(made, "excluded"), inputs: {} };
    await writeIndexList(paths.indexesToExclude, Int32Array.of(1, 2), origin, {});
    expect((await statesOf(made)).get(paths.importantFeatures)).toMatchObject({ kind: "done", reasons: [] });
    const config = configOf({ sample_level: true });
    const states = await statesOf(config);
    for (const path of [paths.importantFeatures, paths.indexesToExclude]) {
      expect(states.get(path)).toMatchObject({ kind: "made otherwise", reasons: ["--ep_bl 3 (now 10)"] });
    }
    expect(await steps(config)).toEqual([
      expect.stringMatching(/^stop: .*\.zarr: made otherwise: --ep_bl 3/),
    ]);
  });

  test("from another model, another list of excluded samples", async () => {
    const config = configOf({ batch_level: true, sample_level: true, retrain: true });
    const paths = artefactPaths(config);
    await savedModels(config);
    await saveFeatures(config, { "poisoned model": (await digestOf(paths.model(4))) ?? "" });
    expect((await statesOf(config)).get(paths.importantFeatures)?.kind).toBe("done");
    const origin = { settings: configForComparison(config, "excluded"), inputs: {} };
    await writeIndexList(paths.indexesToExclude, Int32Array.of(1, 2), origin, {});
    await saveModel(paths.retrainedModel, config, "retrained_model", {
      inputs: JSON.stringify({ dataset: "d", "excluded samples": "0".repeat(64) }),
    });
    expect((await statesOf(config)).get(paths.retrainedModel)?.reasons).toEqual([
      "other content: excluded samples",
    ]);
    await writeCheckpoint(paths.model(4), new Map([["weight", { shape: [1], data: Float32Array.of(7) }]]), {
      config: JSON.stringify(configForComparison(config, "model")),
    });
    expect((await statesOf(config)).get(paths.importantFeatures)).toMatchObject({
      kind: "made otherwise",
      reasons: ["other content: poisoned model"],
    });
    expect((await steps(config))[0]).toContain(
      "made otherwise: other content: poisoned model (--force makes it anew)",
    );
  });
});

test("a damaged model is named; a stage without the one before it would stop", async () => {
  const config = configOf({ poisoned_training: true });
  const path = artefactPaths(config).model(4);
  await savedModels(config);
  await truncate(path, 100);
  expect((await statesOf(config)).get(path)).toMatchObject({ kind: "damaged", bytes: 100 });
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

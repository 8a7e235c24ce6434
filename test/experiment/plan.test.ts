import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describePlan } from "../../src/cli/plan-text.js";
import { artefactPaths } from "../../src/experiment/artefact-names.js";
import { craftingWork } from "../../src/experiment/crafting-work.js";
import type { RawFlags } from "../../src/experiment/flags/flags.js";
import { planRun } from "../../src/experiment/plan.js";
import { countImages } from "../../src/experiment/plan-counts.js";
import { findDataset } from "../../src/experiment/plan-dataset.js";
import { parseRunConfig, type RunConfig } from "../../src/experiment/run-config.js";
import { estimateWork, provenanceBytes, provenanceRows } from "../../src/experiment/work-estimate.js";
import { models } from "../../src/models/registry.js";
import { writeBatchLevel } from "../../src/store/provenance-store.js";
import { writeBinaryLayout } from "../datasets/cifar-files.js";
import { writeStlLayout } from "../datasets/stl10-files.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-plan-"));
});
afterEach(() => rm(folder, { recursive: true }));

const configOf = (raw: RawFlags): RunConfig =>
  parseRunConfig({
    dataset: "synthetic",
    model: "ResNet8",
    dataset_dir: folder,
    saved_models_path: folder,
    prov_path: folder,
    clean_model_path: join(folder, "clean.pth"),
    ...raw,
  });

const countsOf = async (config: RunConfig) => countImages(config, await findDataset(config));

async function touch(path: string, bytes = 0): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "");
  await truncate(path, bytes);
}

describe("counts", () => {
  test("synthetic, half of the suspects clean", async () => {
    const counts = await countsOf(configOf({ retrain: true, pr_tgt: "0.25", pr_sus: "50" }));
    expect(counts).toEqual({
      train: 4000,
      test: 800,
      triggeredTest: 720,
      targetClass: 400,
      poisons: 100,
      parts: { lc: { poisons: 100, triggered: "other classes", passes: 100 * 100 * 2 } },
      suspects: 200,
      cleanPool: 200,
    });
  });

  test("of CIFAR-100 as the files on disk have them", async () => {
    const config = configOf({ retrain: true, dataset: "CIFAR100" });
    expect(await countsOf(config)).toMatchObject({ train: 50_000, targetClass: 500, test: 10_000 });
    await touch(join(folder, "cifar-100-binary/train.bin"), 3074 * 2000);
    await touch(join(folder, "cifar-100-binary/test.bin"), 3074 * 700);
    expect(await countsOf(config)).toMatchObject({ train: 2000, targetClass: 20, test: 700 });
  });

  test("clean groups from the test set", async () => {
    const raw = { retrain: true, pr_tgt: "1", sample_from_test: true, limit_per_class: "50" };
    expect(await countsOf(configOf(raw))).toMatchObject({
      poisons: 50,
      suspects: 50,
      cleanPool: 10,
      test: 100,
    });
  });

  test("CIFAR10 from its files, when they are there", async () => {
    const config = configOf({ retrain: true, dataset: "CIFAR10" });
    expect(await countsOf(config)).toMatchObject({ train: 50_000, test: 10_000 });
    const files = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);
    for (const file of files) await touch(join(folder, "cifar-10-batches-bin", file), 3073 * 200);
    await touch(join(folder, "cifar-10-batches-bin", "test_batch.bin"), 3073 * 250);
    expect(await countsOf(config)).toMatchObject({ train: 1000, test: 250, targetClass: 100 });
  });
});

describe("work", () => {
  test("a training epoch is three passes over the images and one over the test sets", async () => {
    const config = configOf({ poisoned_training: true, epochs: "2" });
    const counts = await countsOf(config);
    const { stages } = estimateWork(config, counts);
    expect(stages.poisoned_training).toBe(2 * models.ResNet8.forwardFlops * (3 * 4000 + 800 + 720));
    expect(stages.score_samples).toBe(0);
  });

  const craftingOf = async (raw: RawFlags) => {
    const config = configOf({ poisoned_training: true, ...raw });
    return craftingWork(config, await countsOf(config));
  };
  // Classes of 50 images.
  const small = { limit_per_class: "50", pr_tgt: "0.2" };
  const step = models.ResNet8.forwardFlops;

  test("crafting: two passes for each step of a poison of lc and ht", async () => {
    const lc = { ...small, attack: "lc", attack_opt: ["steps=7"] };
    expect(await craftingOf(lc)).toBe(10 * 7 * 2 * step);
    const ht = { ...small, attack: "ht", attack_opt: ["iterations=90"], pr_tgt: "0.21" };
    expect(await craftingOf(ht)).toBe(11 * 90 * 2 * step);
  });

  test("crafting: the training of Narcissus' own network, whatever the run's, and the rounds of its trigger", async () => {
    const options = ["surrogate=ResNet8", "surrogate_epochs=3", "warmup_epochs=2", "rounds=20"];
    const painted = 20 * 50;
    const passesOf = (outside: number) => 3 * 3 * (outside + 50) + 2 * 3 * 50 + 20 * 2 * 50;
    const narcissus = { ...small, attack: "narcissus", model: "ResNet18", attack_opt: options };
    expect(await craftingOf(narcissus)).toBe(passesOf(painted) * step);
    const given = { ...narcissus, attack_opt: [...options, "pood=images", "pood_images=1000"] };
    expect(await craftingOf(given)).toBe(passesOf(1000) * step);
    const plan = await planRun(configOf({ poisoned_training: true, ...narcissus }));
    expect(plan.cleanModel).toMatchObject({ onDisk: false, isNeeded: false, flops: 0 });
  });

  test("crafting: Sleeper Agent's steps and the networks that it trains anew", async () => {
    const options = ["iterations=40", "segments=4", "restarts=2", "retrain_epochs=5", "trigger_images=30"];
    const sa = { ...small, attack: "sa", attack_opt: options };
    const steps = 2 * 40 * 10 * 7;
    const retraining = 2 * 3 * 5 * 500 * 3;
    // Of the candidates; of the poisons and the trigger on the clean model; of the trigger on every network.
    const gradients = (50 + (3 * 10 + 30) + 2 * 4 * 30) * 3;
    expect(await craftingOf(sa)).toBe((steps + retraining + gradients) * step);
    // Its clean model is trained as published, whatever the run's epochs.
    const clean = { ...sa, epochs: "2", attack_opt: ["clean_epochs=6"] };
    const plan = await planRun(configOf({ poisoned_training: true, ...clean }));
    expect(plan.cleanModel.flops).toBe(6 * step * (3 * 500 + 100));
  });

  test("crafting: a mix is the sum of its parts, each with its own share and options", async () => {
    const narcissus = ["surrogate_epochs=3", "warmup_epochs=2", "rounds=20"];
    const sa = ["iterations=40", "restarts=2", "retrain_epochs=5"];
    const mix = {
      ...small,
      attack: "narcissus_lc_sa",
      attack_opt: [
        ...narcissus.map((option) => `narcissus.${option}`),
        ...sa.map((option) => `sa.${option}`),
        "lc.steps=7",
        "sa.ratio=0.1",
        "narcissus.ratio=0.04",
      ],
    };
    expect(await countsOf(configOf({ poisoned_training: true, ...mix }))).toMatchObject({
      poisons: 17,
      parts: { lc: { poisons: 10 }, narcissus: { poisons: 2 }, sa: { poisons: 5 } },
      triggeredTest: 2 * 90 + 10,
    });
    const parts = [
      { ...small, attack: "lc", attack_opt: ["steps=7"] },
      { ...small, attack: "narcissus", attack_opt: narcissus },
      { ...small, attack: "sa", attack_opt: sa, pr_tgt: "0.1" },
    ];
    const works = await Promise.all(parts.map(craftingOf));
    expect(await craftingOf(mix)).toBe(works.reduce((sum, work) => sum + work, 0));
  });

  test("rows and bytes of the provenance", async () => {
    const config = configOf({ sample_level: true, ep_sl: "3", pr_sus: "50" });
    const rows = provenanceRows(config, await countsOf(config));
    expect(rows).toBe(3 * 2 * 80);
    expect(provenanceBytes(rows, 100)).toEqual({ disk: 480 * 100 * 4, memory: 480 * 100 * 5 });
  });
});

describe("files", () => {
  const capture = { sample_level: true, ep_sl_base: "4", pr_sus: "50" };

  test("what is missing, and who makes it", async () => {
    const plan = await planRun(configOf(capture));
    const [stage] = plan.stages;
    expect(stage.reads.map(({ state, madeBy }) => [state, madeBy])).toEqual([
      ["made", "this stage"],
      ["missing", "batch_level"],
    ]);
    expect(plan.cleanModel.onDisk).toBe(false);
    expect(plan.features).toEqual({ count: 50_000, known: false });
    const text = describePlan(configOf(capture), plan).join("\n");
    expect(text).toContain("(MISSING: run --batch_level first)");
    expect(text).toContain("1,600 x at most 50,000 features: at most 320 MB on disk");
  });

  test("what is there, with the features that were found", async () => {
    const config = configOf(capture);
    const paths = artefactPaths(config);
    await touch(paths.model(4));
    await touch(paths.cleanModelToWrite);
    const found = Int32Array.of(1, 2, 3);
    const none = new Float32Array(10);
    const origin = { config: {}, seed: 1, inputs: {}, engine: "", codeVersion: "" };
    const arrays = { importantFeatures: found, z: none, differences: none };
    await writeBatchLevel(paths.importantFeatures, arrays, origin);
    const before = await planRun(configOf({ ...capture, force: true }));
    const plan = await planRun(config);
    expect(plan.stages[0].reads.map(({ state }) => state)).toEqual(["on disk", "on disk"]);
    expect(plan.cleanModel).toMatchObject({ onDisk: true, flops: 0 });
    expect(plan.features).toEqual({ count: 3, known: true });
    // --force trains the base model again.
    expect(before.stages[0].flops).toBeGreaterThan(plan.stages[0].flops);
  });

  test("an earlier stage writes what a later one reads", async () => {
    const plan = await planRun(
      configOf({ ...capture, batch_level: true, score_samples: true, ep_bl_base: "4", retrain: true }),
    );
    const states = plan.stages.map(({ stage, reads }) => [stage, ...reads.map(({ state }) => state)]);
    expect(states).toEqual([
      ["batch_level", "made"],
      ["sample_level", "written above", "written above"],
      ["score_samples", "written above"],
      ["retrain", "written above"],
    ]);
  });

  test("--get_result reads the model and writes none", async () => {
    const [stage] = (await planRun(configOf({ retrain: true, get_result: true }))).stages;
    expect(stage.writes).toEqual([]);
    expect(stage.reads).toMatchObject([{ state: "missing", madeBy: "retrain" }]);
  });
});

test.each([
  ["CIFAR10", "cifar-10-batches-bin", writeBinaryLayout],
  ["slt10", "stl10_binary", writeStlLayout],
] as const)("the folder of %s itself may be named", async (dataset, name, write) => {
  const directory = join(folder, name);
  await write(directory);
  const plan = await planRun(
    configOf({ retrain: true, attack: "sa", dataset, dataset_dir: `${directory}/` }),
  );
  expect(plan.dataset).toMatchObject({ state: "on disk", found: { path: `${directory}/` } });
});

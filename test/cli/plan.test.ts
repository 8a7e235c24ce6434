import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { planRun } from "../../src/cli/plan.js";
import { countImages } from "../../src/cli/plan-counts.js";
import { describePlan } from "../../src/cli/plan-text.js";
import { estimateWork, forwardFlops, provenanceBytes, provenanceRows } from "../../src/cli/work-estimate.js";
import { artefactPaths } from "../../src/config/artefact-names.js";
import type { RawFlags } from "../../src/config/flags.js";
import { parseRunConfig, type RunConfig } from "../../src/config/run-config.js";
import { writeBatchLevel } from "../../src/store/provenance-store.js";

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

async function touch(path: string, bytes = 0): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "");
  await truncate(path, bytes);
}

describe("counts", () => {
  test("synthetic, half of the suspects clean", async () => {
    const counts = await countImages(configOf({ retrain: true, pr_tgt: "0.25", pr_sus: "50" }));
    expect(counts).toEqual({
      train: 4000,
      test: 800,
      triggeredTest: 720,
      targetClass: 400,
      poisons: 100,
      suspects: 200,
      cleanPool: 200,
    });
  });

  test("clean groups from the test set", async () => {
    const raw = { retrain: true, pr_tgt: "1", sample_from_test: true, limit_per_class: "50" };
    expect(await countImages(configOf(raw))).toMatchObject({
      poisons: 50,
      suspects: 50,
      cleanPool: 10,
      test: 100,
    });
  });

  test("CIFAR10 from its files, when they are there", async () => {
    const config = configOf({ retrain: true, dataset: "CIFAR10" });
    expect(await countImages(config)).toMatchObject({ train: 50_000, test: 10_000 });
    const files = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);
    for (const file of files) await touch(join(folder, "cifar-10-batches-bin", file), 3073 * 200);
    await touch(join(folder, "cifar-10-batches-bin", "test_batch.bin"), 3073 * 250);
    expect(await countImages(config)).toMatchObject({ train: 1000, test: 250, targetClass: 100 });
  });
});

describe("work", () => {
  test("a training epoch is three passes over the images and one over the test sets", async () => {
    const config = configOf({ poisoned_training: true, epochs: "2" });
    const counts = await countImages(config);
    const { stages } = estimateWork(config, counts);
    expect(stages.poisoned_training).toBe(2 * forwardFlops.ResNet8 * (3 * 4000 + 800 + 720));
    expect(stages.score_samples).toBe(0);
  });

  test("rows and bytes of the provenance", async () => {
    const config = configOf({ sample_level: true, ep_sl: "3", pr_sus: "50" });
    const rows = provenanceRows(config, await countImages(config));
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
    const origin = { config: {}, seed: 1, datasetFingerprint: "", engine: "", codeVersion: "" };
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

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readIndices } from "../../src/store/indices.js";
import { readSampleLevel } from "../../src/store/provenance-store.js";
import { readResults } from "../../src/store/results.js";
import { binaryBatch, binaryNames } from "../datasets/cifar-files.js";
import { hashesOf, names } from "./artefacts.js";
import { cli, copyOf, newFolder, succeed, tinyFlags } from "./cli.js";

/** A folder with a poisoned model, its features and increments, and no more. Tests copy it. */
let prepared: string;
beforeAll(async () => {
  prepared = await newFolder();
  await succeed(prepared, [...tinyFlags(), "--poisoned_training", "--batch_level", "--sample_level"]);
});
afterAll(() => rm(prepared, { recursive: true, force: true }));

async function emptyFolder(): Promise<string> {
  const folder = await newFolder();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs that end before they change anything; returns what went wrong. */
async function refused(args: readonly string[], folder = prepared) {
  const before = await hashesOf(folder);
  const { exitCode, stderr } = await cli(folder, args);
  expect(await hashesOf(folder)).toEqual(before);
  expect(stderr).toMatch(/^(warning: .*\n)*error: .*\nhint: .*\n$/);
  return { exitCode, stderr };
}

describe("exit code 2, one message and a hint, nothing changed on disk", () => {
  test("a model made with another flag is not used, and the flag is named", async () => {
    const { exitCode, stderr } = await refused([
      ...tinyFlags({ lr: 0.1 }),
      "--poisoned_training",
      "--get_result",
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${names.model} was made with other settings: --lr 0.05 (now 0.1).`);
    expect(stderr).toContain("--force");
  });

  test.each([
    ["--sample_level", "batch_level", { k_1: 2 }],
    ["--score_samples", "sample_level", { bs_sl: 8 }],
    ["--retrain", "score_samples", {}],
  ])("%s without --%s before it", async (stage, predecessor, changes) => {
    const { exitCode, stderr } = await refused([...tinyFlags(changes), stage]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: There is no Training_Prov_Data\/.*\.$/m);
    expect(stderr).toContain(`hint: Run --${predecessor} with the same settings first.`);
  });

  test("too few clean samples are counted before the clean model is trained", async () => {
    const folder = await emptyFolder();
    const { exitCode, stderr } = await refused([...tinyFlags({ bs_bl: 200 }), "--batch_level"], folder);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Class 2 has 20 training images, 10 of them poisoned.");
    expect(stderr).toContain("two clean groups need 28 samples; there are 6 clean samples left");
  });

  test("a results folder below a file is found out before any work", async () => {
    const folder = await emptyFolder();
    await writeFile(join(folder, "taken"), "");
    const args = [...tinyFlags({ figure_path: "taken/results" }), "--poisoned_training"];
    const { exitCode, stderr } = await refused(args, folder);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Cannot write to taken/results/e2e:");
    expect(stderr).toContain("Give another folder with --figure_path.");
  });
});

test("a trained model is not trained again; --get_result reports the same", async () => {
  const folder = await copyOf(prepared);
  const args = [...tinyFlags(), "--poisoned_training"];
  const again = await succeed(folder, args);
  expect(again).toContain(`poisoned training: ${names.model} is there already`);
  await succeed(folder, [...args, "--get_result"]);
  const [trained, , , loaded, reported] = await readResults(join(folder, "results/e2e"));
  const measures = ({ poisonedTrainingAccuracy, poisonedTrainingAsr }: typeof trained) => [
    poisonedTrainingAccuracy,
    poisonedTrainingAsr,
  ];
  expect(measures(loaded)).toEqual(measures(trained));
  expect(measures(reported)).toEqual(measures(trained));
});

test("--force makes a capture's base model again under other flags, once", async () => {
  const folder = await copyOf(prepared);
  const changes = { opt: "adam", lr: 0.01, pr_sus: 100, max_features: 50, bs_bl: 8, bs_sl: 8 };
  const args = [...tinyFlags(changes), "--batch_level", "--sample_level", "--score_samples"];
  const { exitCode, stdout, stderr } = await cli(folder, [...args, "--sample_from_test", "--force"]);
  expect(exitCode).toBe(0);
  expect(stdout.split(`poisoned training: saved ${names.model}`)).toHaveLength(2);
  expect(stderr).toMatch(/warning: \d+ features are more than --max_features 50/);
  // Without clean suspects, the rate over the references goes by its own name, and not into the table.
  expect(stdout).toMatch(/KMeans threshold .*reference FPR [\d.]+ % \(no suspect is clean\)/);
  const [scored] = (await readResults(join(folder, "results/e2e"))).slice(-1);
  expect(scored.falsePositiveRateKmeans).toBeUndefined();
  expect(scored.numFeatures).toBe(50);
  const stem = "single_lc_synthetic_8_0.5_100_8_1_1_sample_level_idv_k_1_aug_z_1";
  const { clean, suspects } = await readSampleLevel(join(folder, `Training_Prov_Data/${stem}.zarr`));
  expect(suspects.sampleIds).toHaveLength(10);
  // 40 test images follow the 200 training images.
  expect([...clean.sampleIds].every((id) => id >= 200 && id < 240 && id % 10 === 2)).toBe(true);
});

test.each([
  [{ threshold_type: "custom", threshold: 0.9 }, /custom threshold 0\.9000/],
  [{ threshold_type: "gaussian", cv_model: "ml-random-forest" }, /\(Gaussian\) saved/],
])("scoring with %o decides who is excluded", async (changes, expected) => {
  const folder = await copyOf(prepared);
  expect(await succeed(folder, [...tinyFlags(changes), "--score_samples"])).toMatch(expected);
  const record = JSON.parse(await readFile(join(folder, names.excluded.replace(".npy", ".json")), "utf8"));
  expect(record.config).toMatchObject(changes);
  expect(await readIndices(join(folder, names.excluded))).toHaveLength(record.count);
});

test("evaluation-mode training from an untrained model: batch norm's running statistics stay", async () => {
  const folder = await copyOf(prepared);
  const args = [...tinyFlags({ ep_bl_base: 0 }), "--batch_level", "--training_mode"];
  const { exitCode, stdout, stderr } = await cli(folder, args);
  expect(exitCode).toBe(0);
  expect(stderr).toContain("warning: capturing on an untrained model");
  expect(stdout).toMatch(/[1-9]\d* important features saved/);
});

test("no feature left: exit code 1, with k, the epochs and the counts; earlier features stay", async () => {
  const folder = await copyOf(prepared);
  const before = await hashesOf(join(folder, "Training_Prov_Data"));
  const { exitCode, stderr } = await cli(folder, [...tinyFlags({ k_1: 1000 }), "--batch_level"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("with --k_1 1000 and --ep_bl 1, the number left after each epoch was 0.");
  expect(await hashesOf(join(folder, "Training_Prov_Data"))).toEqual(before);
});

test("CIFAR-10 from its binary files", async () => {
  const folder = await emptyFolder();
  const layout = join(folder, "data/cifar-10-batches-bin");
  await mkdir(layout, { recursive: true });
  const labels = Array.from({ length: 24 }, (_, i) => i % 10);
  for (const [file, name] of binaryNames.entries()) {
    await writeFile(join(layout, name), binaryBatch(labels, 24 * file));
  }
  const flags = tinyFlags({ dataset: "CIFAR10", dataset_dir: "data", limit_per_class: 12 });
  const printed = await succeed(folder, [...flags, "--poisoned_training"]);
  expect(printed).toContain("dataset: CIFAR10, 120 training and 24 test images");
  expect(printed).toContain("attack: lc, 6 poisons in class 2 (bird)");
  expect(await readdir(join(folder, "data/poisons"))).toHaveLength(2);
  expect(await readdir(join(folder, "saved_models"))).toContain("model_lc_CIFAR10_8_0.5_1_16.safetensors");
});

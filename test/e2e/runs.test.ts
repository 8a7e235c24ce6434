import { copyFile, mkdir, open, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readResults } from "../../src/experiment/results.js";
import { readIndices } from "../../src/store/indices.js";
import { readSampleLevel } from "../../src/store/provenance-store.js";
import { binaryBatch, binaryNames } from "../datasets/cifar-files.js";
import { hashesOf, names } from "./artefacts.js";
import { cli, copyOf, newFolder, succeed, tinyFlags } from "./cli.js";
import { series } from "./series.js";

/** A folder with a poisoned model, its features and increments, and no more. Tests copy it. */
let prepared: string;
/** Of its increments, but for the manifest: that names the stages of the run. */
let uninterrupted: Map<string, string>;
beforeAll(async () => {
  prepared = await newFolder();
  await succeed(prepared, [...tinyFlags(), "--poisoned_training", "--batch_level", "--sample_level"]);
  uninterrupted = await hashesOf(join(prepared, names.increments), ["manifest.json"]);
});
afterAll(() => rm(prepared, { recursive: true, force: true }));

async function emptyFolder(): Promise<string> {
  const folder = await newFolder();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What a refused run leaves as it is; config.json, run.json and their kin are those of the latest run, refused or not. */
async function unchanging(folder: string) {
  const hashes = await hashesOf(folder);
  return new Map([...hashes].filter(([path]) => !/^results\/e2e\/(config|run\.json)/.test(path)));
}

/** Runs that end before they change anything; returns what went wrong. */
async function refused(args: readonly string[], folder = prepared) {
  const before = await unchanging(folder);
  const { exitCode, stderr } = await cli(folder, args);
  expect(await unchanging(folder)).toEqual(before);
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

  test("what was made from another clean model's poisons is not used by the same command, and what changed is named", async () => {
    const other = tinyFlags({ clean_model_path: "saved_models/other.pth" });
    const folder = await copyOf(prepared);
    // Any network of the kind will do.
    await copyFile(join(folder, names.model), join(folder, "saved_models/other.safetensors"));
    const [first] = await series([{ cwd: folder, args: [...other, "--poisoned_training"] }]);
    expect(first).toEqual({
      exitCode: 2,
      text: expect.stringContaining(`${names.model} was made from other content: poisons, clean model.`),
    });
    await rename(join(folder, "saved_models/other.safetensors"), join(folder, names.baseModel));
    const [again, captured, scored, forced, stale] = await series([
      { cwd: folder, args: [...tinyFlags(), "--poisoned_training"] },
      { cwd: folder, args: [...tinyFlags(), "--sample_level"] },
      { cwd: folder, args: [...tinyFlags(), "--score_samples"] },
      { cwd: folder, args: [...tinyFlags(), "--poisoned_training", "--force"] },
      { cwd: folder, args: [...tinyFlags(), "--sample_level"] },
    ]);
    expect(again).toEqual(first);
    for (const [outcome, path] of [
      [captured, names.features],
      [scored, names.increments],
    ] as const) {
      const text = expect.stringContaining(`${path} was made from other content: poisons, clean model.`);
      expect(outcome).toEqual({ exitCode: 2, text });
    }
    expect(forced).toEqual({ exitCode: 0, text: "" });
    expect(stale.text).toContain(`${names.features} was made from other content: poisons, poisoned model`);
  });

  test("a stage without the one before it", async () => {
    const { exitCode, stderr } = await refused([...tinyFlags(), "--retrain"]);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      `error: There is no ${names.excluded}.\nhint: Run --score_samples with the same settings first.\n`,
    );
  });

  test("--get_result neither trains the clean model nor crafts poisons", async () => {
    const folder = await copyOf(prepared);
    const args = [...tinyFlags(), "--poisoned_training", "--get_result"];
    await rm(join(folder, "datasets/poisons"), { recursive: true });
    const crafted = await refused(args, folder);
    expect(crafted).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--get_result crafts nothing"),
    });
    await rm(join(folder, names.baseModel));
    const trained = await refused(args, folder);
    expect(trained).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--get_result trains nothing"),
    });
  });

  test("too few clean samples are counted before the clean model is trained", async () => {
    const folder = await emptyFolder();
    const { exitCode, stderr } = await refused([...tinyFlags({ bs_bl: 200 }), "--batch_level"], folder);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Class 2 has 20 training images, 10 of them poisoned.");
    expect(stderr).toContain("two clean groups need 28 samples; there are 6 clean samples left");
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
  expect(stdout).toMatch(/KMeans threshold .*reference FPR [\d.]+ % \(.*\), no suspect is clean\n/);
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

test("what scoring excludes can be edited by hand before --retrain", async () => {
  const folder = await copyOf(prepared);
  const table = join(folder, "Training_Prov_Data/scores_lc_synthetic_8_0.5_67.csv");
  const retrain = [...tinyFlags(), "--retrain", "--exclude_list", table];
  const [scored, unknown] = await series([
    { cwd: folder, args: [...tinyFlags(), "--score_samples"] },
    { cwd: folder, args: [...tinyFlags(), "--retrain", "--exclude_list", "no.csv"] },
  ]);
  expect(scored).toEqual({ exitCode: 0, text: "" });
  expect(unknown).toEqual({ exitCode: 2, text: expect.stringContaining("--exclude_list no.csv") });
  const lines = (await readFile(table, "utf8")).trimEnd().split("\n");
  expect(lines).toHaveLength(15);
  const edited = lines.map((line, i) => line.replace(/,[01]$/, i <= 3 ? ",1" : ",0"));
  await writeFile(table, edited.join("\n"));
  const printed = await succeed(folder, [...retrain, "--retrain_control"]);
  expect(printed).toContain("retrain: 3 samples excluded, 197 left");
  expect(printed).toMatch(
    /retrain control: 3 samples removed at random from the same classes, [0-3] of them poisons\n/,
  );
  expect(printed).toMatch(/\nafter .*%.*\nas many removed at random +[\d.]+ % \(\d+\/40 \[.* % \(\d+\/36 \[/);
  const control = (await readResults(join(folder, "results/e2e"))).at(-1);
  expect(control).toMatchObject({ stage: "retrain_control", testImages: 40, triggeredTestImages: 36 });
  expect(control?.retrainAsr).toBeUndefined();
  await writeFile(table, lines.join("\n"));
  const [other] = await series([{ cwd: folder, args: retrain }]);
  const text = expect.stringContaining(`${names.retrainedModel} was made from other content: exclude list.`);
  expect(other).toEqual({ exitCode: 2, text });
});

test("evaluation-mode training from an untrained model, with a warning", async () => {
  const folder = await copyOf(prepared);
  const args = [...tinyFlags({ ep_bl_base: 0 }), "--batch_level", "--training_mode", "--force"];
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
  expect(stderr).toContain("with --k_1 1000, the number left after each epoch was 0.");
  expect(await hashesOf(join(folder, "Training_Prov_Data"))).toEqual(before);
});

test("CIFAR-10 from its binary files", async () => {
  const folder = await emptyFolder();
  const layout = join(folder, "data/cifar-10-batches-bin");
  await mkdir(layout, { recursive: true });
  for (const [file, name] of binaryNames.entries()) {
    const labels = Array.from({ length: 24 }, (_, i) => (24 * file + i) % 10);
    await writeFile(join(layout, name), binaryBatch(labels, 24 * file));
  }
  const flags = tinyFlags({ dataset: "CIFAR10", dataset_dir: "data", limit_per_class: 12 });
  const printed = await succeed(folder, [...flags, "--poisoned_training"]);
  expect(printed).toContain("dataset: CIFAR10, 120 training and 24 test images");
  expect(printed).toContain("attack: lc, 6 poisons in class 2 (bird)");
  expect(await readdir(join(folder, "data/poisons"))).toHaveLength(2);
  expect(await readdir(join(folder, "saved_models"))).toContain("model_lc_CIFAR10_8_0.5_1_16.safetensors");
});

const capture = [...tinyFlags(), "--sample_level"];

const withoutIncrements = async (): Promise<string> => {
  const folder = await copyOf(prepared);
  await rm(join(folder, names.increments), { recursive: true });
  return folder;
};

const provenance = (folder: string) => readdir(join(folder, "Training_Prov_Data"));

test("Ctrl-C ends with 130 and leaves nothing half-written; the same command then gets through", async () => {
  const folder = await withoutIncrements();
  const seen = (printed: string) => printed.includes("sample level: 28 rows");
  const { exitCode, stderr } = await cli(folder, capture, { signal: "SIGINT", seen });
  expect(exitCode).toBe(130);
  expect(stderr).toContain("stopped by SIGINT; everything finished so far is kept");
  const left = await provenance(folder);
  expect(left.filter((name) => /partial|lock/.test(name))).toEqual([]);
  expect(left).not.toContain(basename(names.increments));
  expect(await succeed(folder, capture)).toContain("sample level: going on from epoch 2, batch ");
  expect((await provenance(folder)).filter((name) => name.includes("progress"))).toEqual([]);
  expect(await hashesOf(join(folder, names.increments), ["manifest.json"])).toEqual(uninterrupted);
});

test("kill -9 leaves no increments that scoring would take; the same command then gets through", async () => {
  const folder = await withoutIncrements();
  const isPartial = (name: string) => name.includes(".partial-");
  const seen = async () => (await provenance(folder)).some(isPartial);
  const { signal } = await cli(folder, capture, { signal: "SIGKILL", seen });
  expect(signal).toBe("SIGKILL");
  expect((await provenance(folder)).some(isPartial)).toBe(true);
  const { exitCode, stderr } = await cli(folder, [...tinyFlags(), "--score_samples"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`There is no ${names.increments}.`);
  await succeed(folder, capture);
  expect(await hashesOf(join(folder, names.increments), ["manifest.json"])).toEqual(uninterrupted);
  // What the killed run had begun is gone as well.
  expect((await provenance(folder)).some(isPartial)).toBe(false);
});

test("a cut checkpoint and a changed byte are named, and nothing is overwritten", async () => {
  const folder = await copyOf(prepared);
  await truncate(join(folder, names.model), 100_000);
  const chunk = await open(join(folder, names.increments, "sus_diff/c/0/0"), "r+");
  await chunk.write(Buffer.from([0x5a]), 0, 1, 1001);
  await chunk.close();
  const before = await hashesOf(folder, ["config.json", "run.json"]);
  const cut = await cli(folder, [...tinyFlags(), "--poisoned_training"]);
  expect(cut.exitCode).toBe(2);
  expect(cut.stderr).toContain(`${names.model} is not a readable safetensors file`);
  const changed = await cli(folder, [...tinyFlags(), "--score_samples"]);
  expect(changed.exitCode).toBe(2);
  expect(changed.stderr).toContain(`${names.increments} is damaged: sus_diff/c/0/0 was changed.`);
  const after = await hashesOf(folder, ["config.json"]);
  for (const [path, hash] of before) expect([path, after.get(path)]).toEqual([path, hash]);
});

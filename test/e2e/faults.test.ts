import { mkdir, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readSampleLevel } from "../../src/store/provenance-store.js";
import { binaryBatch, binaryNames } from "../datasets/cifar-files.js";
import { hashesOf, names } from "./artefacts.js";
import { cli, copyOf, newFolder, stages, succeed, tinyFlags } from "./cli.js";

/** What each run writes anew. */
const records = ["results.csv", "config.json", "run.json"];

/** All six stages, done. Tests copy it. */
let finished: string;
let expected: Map<string, string>;
const all = [...tinyFlags(), ...stages];
beforeAll(async () => {
  finished = await newFolder();
  await succeed(finished, all);
  expected = await hashesOf(finished, records);
});
afterAll(() => rm(finished, { recursive: true, force: true }));

async function emptyFolder(): Promise<string> {
  const folder = await newFolder();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const preload = pathToFileURL(fileURLToPath(new URL("./full-disk.mjs", import.meta.url))).href;

/** A run during which there is no room for files whose path holds `path`. */
const withoutRoomFor = (path: string, folder: string, args: readonly string[]) =>
  cli(folder, args, undefined, { NODE_OPTIONS: `--import ${preload}`, FULL_DISK: path });

const halfWritten = async (folder: string) =>
  (await readdir(folder, { recursive: true })).filter((path) => /partial|\.lock$/.test(path));

test("a disk that is full in the crafting, then in each stage: nothing finished is lost, and with room the run gets through", async () => {
  const folder = await emptyFolder();
  const full: [what: string, path: string][] = [
    ["the clean model that the attack needs", names.baseModel],
    ["crafted images", "datasets/poisons/lc_synthetic"],
    ["clean training", names.cleanModel],
    ["poisoned training", names.model],
    ["what is kept of an interrupted capture", ".progress"],
    ["batch level", names.features],
    ["sample level", names.increments],
    ["scoring", names.excluded],
    ["a figure", "score_distribution.png"],
    ["retraining", names.retrainedModel],
  ];
  let before = new Map<string, string>();
  for (const [what, path] of full) {
    // Progress is kept after each epoch but the last, and when it is due.
    const args = path === ".progress" ? [...all, "--checkpoint_seconds", "0"] : all;
    const { exitCode, stderr } = await withoutRoomFor(path, folder, args);
    expect([what, exitCode, stderr]).toEqual([what, 1, expect.stringContaining("the disk is full")]);
    expect([what, stderr]).toEqual([
      what,
      expect.stringMatching(/error: .*\nhint: .* make room and run the/),
    ]);
    const [message] = stderr.split("error: ").slice(-1);
    expect([what, message]).toEqual([what, expect.stringContaining(path)]);
    expect([what, await halfWritten(folder)]).toEqual([what, []]);
    const after = await hashesOf(folder, records);
    for (const [file, hash] of before)
      if (!file.includes(".progress")) expect([what, file, after.get(file)]).toEqual([what, file, hash]);
    before = after;
  }
  await succeed(folder, all);
  expect(await hashesOf(folder, records)).toEqual(expected);
});

describe("exit code 2, and what is wrong by name", () => {
  test("a store with a missing chunk", async () => {
    const folder = await copyOf(finished);
    await rm(join(folder, names.increments, "sus_diff/c/0/0"));
    const { exitCode, stderr } = await cli(folder, [...tinyFlags(), "--score_samples"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`${names.increments} is damaged`)]);
    expect(stderr).toContain("sus_diff/c/0/0");
    const excluded = (await hashesOf(folder)).get(names.excluded);
    expect(excluded).toBe(expected.get(names.excluded));
  });

  test("a progress file cut short; --force begins anew and ends right", async () => {
    const folder = await copyOf(finished);
    await rm(join(folder, names.increments), { recursive: true });
    const args = [...tinyFlags({ checkpoint_seconds: 0 }), "--sample_level"];
    const progress = names.increments.replace(".zarr", ".progress.safetensors");
    const seen = async () =>
      (await readdir(join(folder, "Training_Prov_Data"))).some((name) => progress.endsWith(name));
    const { signal } = await cli(folder, args, { signal: "SIGKILL", seen });
    expect(signal).toBe("SIGKILL");
    await truncate(join(folder, progress), 5000);
    const { exitCode, stderr } = await cli(folder, args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(progress)]);
    await succeed(folder, [...args, "--force"]);
    const { suspects } = await readSampleLevel(join(folder, names.increments));
    expect(suspects.rows).toEqual((await readSampleLevel(join(finished, names.increments))).suspects.rows);
  });

  test("a dataset file cut short", async () => {
    const folder = await emptyFolder();
    const layout = join(folder, "data/cifar-10-batches-bin");
    await mkdir(layout, { recursive: true });
    for (const name of binaryNames) await writeFile(join(layout, name), binaryBatch([0, 1, 2], 0));
    await truncate(join(layout, binaryNames[2]), 5000);
    const flags = tinyFlags({ dataset: "CIFAR10", dataset_dir: "data" });
    const { exitCode, stderr } = await cli(folder, [...flags, "--poisoned_training"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(binaryNames[2])]);
    expect(await readdir(folder)).not.toContain("saved_models");
  });

  test.each(["saved_models", "Training_Prov_Data", "results"])("a file in the place of %s", async (name) => {
    const folder = await emptyFolder();
    await writeFile(join(folder, name), "");
    const { exitCode, stderr } = await cli(folder, all);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(new RegExp(`error: Cannot write to .*${name}`)),
    ]);
    expect(await readdir(folder)).toEqual([name]);
  });
});

test("a rate at which training diverges: exit code 1, the model that was there stays, nothing else is left", async () => {
  const folder = await copyOf(finished);
  const args = [...tinyFlags({ lr: 1e30 }), "--poisoned_training", "--force"];
  const { exitCode, stderr } = await cli(folder, args);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/error: Training diverged.*\nhint: .*--lr/)]);
  expect(await hashesOf(join(folder, "saved_models"))).toEqual(
    await hashesOf(join(finished, "saved_models")),
  );
  // A smaller rate finds nothing of that run in its way.
  expect(await succeed(folder, [...tinyFlags(), "--poisoned_training"])).toContain("is there already");
});

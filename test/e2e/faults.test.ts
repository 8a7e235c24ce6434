import { chmod, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { checkBeforeRun } from "../../src/experiment/checks.js";
import { parseRunConfig } from "../../src/experiment/run-config.js";
import { binaryBatch, binaryNames } from "../datasets/cifar-files.js";
import { hashesOf, names } from "./artefacts.js";
import { copyOf, newFolder, stages, tinyFlags } from "./cli.js";
import { series } from "./series.js";

/** All that a run leaves, but what says how and when it was run. */
async function artefacts(folder: string) {
  const hashes = await hashesOf(folder, ["results.csv", "run.json", "manifest.json"]);
  return new Map([...hashes].filter(([path]) => !path.startsWith("results/e2e/config")));
}

/** All six stages, done. Tests copy it. */
let finished: string;
let expected: Map<string, string>;
beforeAll(async () => {
  finished = await newFolder();
  const [{ exitCode, text }] = await series([{ cwd: finished, args: [...tinyFlags(), ...stages] }]);
  expect([exitCode, text]).toEqual([0, ""]);
  expected = await artefacts(finished);
});
afterAll(() => rm(finished, { recursive: true, force: true }));

async function emptyFolder(): Promise<string> {
  const folder = await newFolder();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of the finished run without some of it. */
async function finishedBut(...missing: string[]): Promise<string> {
  const folder = await copyOf(finished);
  for (const path of missing) await rm(join(folder, path), { recursive: true });
  return folder;
}

const halfWritten = async (folder: string) =>
  (await readdir(folder, { recursive: true })).filter((path) => /partial|\.lock$/.test(path));

const progressName = names.increments.replace(".zarr", ".progress.safetensors");
const excludedRecord = names.excluded.replace(".npy", ".json");

const diskIsFull = /^error: .*: the disk is full\.\nhint: .* make room and run the/;
/** Flags of a stage, the file that cannot be written, and what is taken from a finished run before. */
const full: [flags: string[], path: string, missing: string[]][] = [
  [["--retrain"], names.baseModel, [names.baseModel]],
  [["--retrain"], "datasets/poisons/lc_synthetic", ["datasets/poisons"]],
  [["--clean_training"], names.cleanModel, [names.cleanModel]],
  [["--poisoned_training"], names.model, [names.model, names.optimizer]],
  [["--batch_level"], names.features, [names.features]],
  [["--score_samples"], names.excluded, [names.excluded, excludedRecord]],
  [["--score_samples"], "score_distribution.png", ["results/e2e/score_distribution.png"]],
  [["--score_samples"], "report.html", ["results/e2e/report.html", "results/e2e/findings.json"]],
  [["--retrain"], names.retrainedModel, [names.retrainedModel]],
  // Not even a lock.
  [["--retrain"], "", [names.retrainedModel]],
];

test("a run may write over what one has left, and over nothing that another has put in its place", async () => {
  const folder = await copyOf(finished);
  const inFolder = (path: string) => join(folder, path);
  const pairs = tinyFlags()
    .join(" ")
    .matchAll(/--(\w+) (\S+)/g);
  const config = parseRunConfig({
    ...Object.fromEntries([...pairs].map(([, name, value]) => [name, value])),
    attack_opt: ["steps=3"],
    ...Object.fromEntries(stages.map((stage) => [stage.slice(2), true])),
    force: true,
    ...{ saved_models_path: inFolder("saved_models"), prov_path: inFolder("Training_Prov_Data") },
    ...{ figure_path: inFolder("results"), dataset_dir: inFolder("datasets") },
  });
  const check = () => checkBeforeRun(config);
  await check();
  const listed = ["saved_models", "Training_Prov_Data", "results/e2e"].map(async (part) =>
    (await readdir(inFolder(part))).map((name) => inFolder(join(part, name))),
  );
  // The clean model is never trained again, results.csv is moved aside, configs/ has files named by their content, and
  // a list of samples is known by the record beside it.
  const outputs = (await Promise.all(listed))
    .flat()
    .filter((path) => !/_clean\.|results\.csv|configs$|\.npy/.test(path));
  expect(outputs).toHaveLength(21);
  const aside = inFolder("aside");
  for (const path of outputs) {
    await rename(path, aside);
    await writeFile(path, "another's");
    const refusal = await check().catch(String);
    expect([path, refusal]).toEqual([path, expect.stringContaining(path)]);
    await rm(path);
    await rename(aside, path);
  }
  await rm(inFolder(excludedRecord));
  await expect(check()).rejects.toThrow(inFolder(names.excluded));
});

test("a full disk in a stage: what was finished stays, and with room the run ends with the same bytes", async () => {
  const folders = await Promise.all(full.map(([, , missing]) => finishedBut(...missing)));
  const before = await Promise.all(folders.map(artefacts));
  const outcomes = await series(
    full.flatMap(([flags, path], i) => {
      const [cwd, args] = [folders[i], [...tinyFlags(), ...flags]];
      return [
        { cwd, args, failing: { path, code: "ENOSPC" } },
        { cwd, args },
      ];
    }),
  );
  for (const [i, [, path]] of full.entries()) {
    const [failed, again] = outcomes.slice(2 * i);
    expect([path, failed]).toEqual([path, { exitCode: 1, text: expect.stringMatching(diskIsFull) }]);
    expect(failed.text).toContain(path);
    expect([path, again]).toEqual([path, { exitCode: 0, text: "" }]);
    expect(await halfWritten(folders[i])).toEqual([]);
    expect([path, await artefacts(folders[i])]).toEqual([path, expected]);
    for (const [file, hash] of before[i]) expect([file, expected.get(file)]).toEqual([file, hash]);
  }
});

/** The superuser may write anywhere: the run is then that of nobody, who must be able to read the program. */
const isSuperuser = process.getuid?.() === 0;
const nobody = 65534;
async function isReadableByAll(path: string): Promise<boolean> {
  if (((await stat(path)).mode & 0o005) !== 0o005) return false;
  return dirname(path) === path || isReadableByAll(dirname(path));
}
const canBeNobody = await isReadableByAll(import.meta.dirname);

test.skipIf(isSuperuser && !canBeNobody)(
  "read-only folders are refused by name before any work",
  async () => {
    const readOnly = ["results/e2e", "saved_models", "Training_Prov_Data", "datasets"];
    const folders = await Promise.all(readOnly.map(() => copyOf(finished)));
    for (const [i, folder] of folders.entries()) {
      for (const own of ["", "results", ...readOnly]) await chmod(join(folder, own), 0o777);
      await chmod(join(folder, readOnly[i]), 0o555);
    }
    const args = [...tinyFlags(), ...stages, "--force"];
    const commands = folders.map((cwd) => ({ cwd, args }));
    const outcomes = await series(commands, isSuperuser ? nobody : undefined);
    for (const [i, folder] of readOnly.entries()) {
      const message = `^error: Cannot write to \\S*${folder}/?: no permission to write in .*\nhint: .*--`;
      expect(outcomes[i]).toEqual({ exitCode: 2, text: expect.stringMatching(new RegExp(message)) });
      expect(await artefacts(folders[i])).toEqual(expected);
    }
  },
);

describe("exit code 2, and what is wrong by name", () => {
  test("a store with a missing chunk; progress of another setting; progress cut short", async () => {
    const lacking = await finishedBut(join(names.increments, "sus_diff/c/0/0"));
    const cwd = await finishedBut(names.increments, names.cleanModel);
    const capture = [...tinyFlags(), "--sample_level"];
    const training = "--clean_training";
    const checkpoints = ["--checkpoint_seconds", "0"];
    const withoutRoom = (path: string) => ({ path, code: "ENOSPC" });
    const [missing, halfTrained, other, unsaved, halfCaptured] = await series([
      { cwd: lacking, args: [...tinyFlags(), "--score_samples"] },
      // Progress is left where the result cannot be written.
      { cwd, args: [...tinyFlags(), training], failing: withoutRoom(names.cleanModel) },
      { cwd, args: [...tinyFlags({ lr: 0.1 }), training] },
      { cwd, args: [...capture, ...checkpoints], failing: withoutRoom(progressName) },
      { cwd, args: [...capture, ...checkpoints], failing: withoutRoom(`${names.increments}.`) },
    ]);
    const damaged = expect.stringContaining(`${names.increments} is damaged: sus_diff/c/0/0`);
    expect(missing).toEqual({ exitCode: 2, text: damaged });
    for (const outcome of [halfTrained, unsaved, halfCaptured])
      expect(outcome).toEqual({ exitCode: 1, text: expect.stringMatching(diskIsFull) });
    expect(other.exitCode).toBe(2);
    expect(other.text).toMatch(
      /clean_model\S*progress\S* was made with other settings: --lr 0.05 \(now 0.1\)\.\n.*--force to start over/,
    );

    await truncate(join(cwd, progressName), 5000);
    const [cut, forced, goneOn] = await series([
      { cwd, args: capture },
      { cwd, args: [...capture, "--force"] },
      { cwd, args: [...tinyFlags(), training] },
    ]);
    expect(cut).toEqual({ exitCode: 2, text: expect.stringContaining(progressName) });
    for (const outcome of [forced, goneOn]) expect(outcome).toEqual({ exitCode: 0, text: "" });
    expect(await artefacts(cwd)).toEqual(expected);
  });

  test("a dataset file cut short; a file in the place of a folder", async () => {
    const data = await emptyFolder();
    const layout = join(data, "data/cifar-10-batches-bin");
    await mkdir(layout, { recursive: true });
    for (const name of binaryNames) await writeFile(join(layout, name), binaryBatch([0, 1, 2], 0));
    await truncate(join(layout, binaryNames[2]), 5000);
    const flags = tinyFlags({ dataset: "CIFAR10", dataset_dir: "data" });
    const places = ["saved_models", "Training_Prov_Data", "results"];
    const folders = await Promise.all(
      places.map(async (name) => {
        const folder = await emptyFolder();
        await writeFile(join(folder, name), "");
        return folder;
      }),
    );
    const args = [...tinyFlags(), ...stages];
    const [cut, ...inTheWay] = await series([
      { cwd: data, args: [...flags, "--poisoned_training"] },
      ...folders.map((cwd) => ({ cwd, args })),
    ]);
    expect(cut).toEqual({ exitCode: 2, text: expect.stringContaining(binaryNames[2]) });
    expect(await readdir(data)).not.toContain("saved_models");
    for (const [i, name] of places.entries()) {
      const text = expect.stringMatching(new RegExp(`^error: Cannot write to .*${name}`));
      expect(inTheWay[i]).toEqual({ exitCode: 2, text });
      expect(await readdir(folders[i])).toEqual([name]);
    }
  });
});

test("a rate at which training diverges, and a file system that turns read-only: the models that were there stay", async () => {
  const cwd = await copyOf(finished);
  const args = [...tinyFlags(), "--poisoned_training"];
  const [diverged, readOnly, again] = await series([
    { cwd, args: [...tinyFlags({ lr: 1e30 }), "--poisoned_training", "--force"] },
    { cwd, args: [...args, "--force"], failing: { path: names.optimizer, code: "EROFS" } },
    // It finds nothing of the first run in its way.
    { cwd, args },
  ]);
  const text = expect.stringMatching(/^error: Training diverged.*\nhint: .*--lr/);
  expect(diverged).toEqual({ exitCode: 1, text });
  expect(readOnly.exitCode).toBe(2);
  expect(readOnly.text).toContain(`${names.optimizer}: the file system is read-only.\nhint:`);
  expect(again).toEqual({ exitCode: 0, text: "" });
  expect(await artefacts(cwd)).toEqual(expected);
});

test("a clock that is set back again and again changes nothing", async () => {
  const cwd = await finishedBut(names.model, names.optimizer);
  const args = [...tinyFlags(), "--poisoned_training", "--log_file", "../log.jsonl"];
  const outcomes = await series([
    { cwd, args, backwards: true },
    { cwd, args: ["status", ...tinyFlags()], backwards: true },
  ]);
  for (const outcome of outcomes) expect(outcome).toEqual({ exitCode: 0, text: "" });
  expect(await artefacts(cwd)).toEqual(expected);
  const { seconds } = JSON.parse(await readFile(join(cwd, "results/e2e/run.json"), "utf8"));
  for (const value of Object.values(seconds)) expect(value).toBeGreaterThanOrEqual(0);
});

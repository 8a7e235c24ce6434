import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeFailure } from "../../src/cli/failure.js";
import { buildProgram } from "../../src/cli/program.js";
import { type FlagName, flagNames } from "../../src/experiment/flags/flags.js";
import { badValues, isSwitch } from "../experiment/flags/bad-values.js";

const home = process.cwd();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-bad-flags-"));
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

/** What the program prints for a command line, which it must refuse with exit code 2. */
async function refusal(...args: readonly string[]): Promise<string> {
  const error = await buildProgram()
    .parseAsync([...args], { from: "user" })
    .then(
      () => new Error(`Accepted: ${args.join(" ")}`),
      (thrown: unknown) => thrown,
    );
  const { exitCode, text } = describeFailure(error);
  expect([exitCode, text]).toEqual([2, text]);
  expect(text.match(/^error: /gm), text).toHaveLength(1);
  expect(text).toMatch(/\nhint: \S/);
  return text;
}

test("every flag has its bad values", () => {
  expect(Object.keys(badValues)).toEqual([...flagNames]);
  for (const name of flagNames)
    expect([name, badValues[name].values.length > 0]).toEqual([name, !isSwitch(name)]);
});

describe.each([...flagNames])("--%s", (name: FlagName) => {
  const { values, accepted } = badValues[name];

  test("refuses what it cannot take, and says what it accepts; nothing is written", async () => {
    for (const value of values) {
      const text = await refusal("--poisoned_training", `--${name}=${value}`);
      expect(text).toContain(`error: --${name}: got "${value}"; accepted: ${accepted}`);
    }
    // A switch is on when it is there, and takes no value.
    if (isSwitch(name)) {
      expect(await refusal("--poisoned_training", `--${name}=yes`)).toContain(`--${name}`);
      expect(await refusal("--poisoned_training", `--${name}`, "yes")).toContain('Unexpected word "yes".');
    } else {
      expect(await refusal("--poisoned_training", `--${name}`)).toContain(`--${name}`);
      expect(await refusal(`--${name}`, "--poisoned_training")).toContain(`--${name} has no value`);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test("a slip in its name is named", async () => {
    expect(await refusal("--poisoned_training", `--${name}x`, "1")).toContain(`unknown option '--${name}x'`);
    expect(await refusal("--poisoned_training", `-${name}`)).toMatch(/unknown option/);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("a path of the wrong kind", () => {
  const tiny = ["--poisoned_training", "--dataset", "synthetic", "--limit_per_class", "1", "--quiet"];

  test.each(["dataset_dir", "figure_path", "prov_path", "saved_models_path"])(
    "a file, or a place below one, for --%s",
    async (name) => {
      await writeFile(join(folder, "file"), "");
      for (const path of ["file", "file/below"])
        expect(await refusal(...tiny, `--${name}`, path)).toMatch(
          new RegExp(`^error: Cannot write to file.*is a file.\\nhint: .*--${name}`),
        );
      expect(await readdir(folder)).toEqual(["file"]);
      await rm(join(folder, "file"));
    },
  );

  test.each(["clean_model_path", "log_file"])("a folder for --%s", async (name) => {
    await mkdir(join(folder, "folder"));
    expect(await refusal(...tiny, `--${name}`, "folder")).toContain(
      `error: --${name}: got "folder"; accepted: a file`,
    );
    expect(await readdir(folder, { recursive: true })).toEqual(["folder"]);
    await rm(join(folder, "folder"), { recursive: true });
  });
});

test.each([
  [[], "--clean_training"],
  [["--score_samples", "--get_result"], "--get_result"],
  [["--retrain", "--get_result", "--force"], "--get_result trains nothing, --force"],
  [["--retrain", "--quiet", "--verbose"], "--quiet and --verbose"],
  [["--retrain", "--attack", "sa", "--source_class", "2"], "--source_class and --target_class"],
  [
    ["--retrain", "--attack", "narcissus", "--dataset", "slt10"],
    "--attack narcissus is not made for --dataset",
  ],
  [["--retrain", "--model", "ViT"], "--model ViT with --scenario from_scratch"],
  [["--retrain", "--target_class", "10"], '--target_class: got "10"; CIFAR10 has the classes 0 to 9'],
  [
    ["--retrain", "--threshold_type", "custom", "--threshold", "1"],
    "--threshold_type custom with --threshold 1",
  ],
  [["--retrain", "--attack_opt", "rounds=3"], '--attack_opt rounds: the attack "lc" has no such option'],
])("%j do not go together", async (args, message) => {
  expect(await refusal(...args)).toContain(message);
  expect(await readdir(folder)).toEqual([]);
});

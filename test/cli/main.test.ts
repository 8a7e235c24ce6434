import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeFailure } from "../../src/cli/failure.js";
import { buildProgram } from "../../src/cli/program.js";
import { flagGroups, flagNames } from "../../src/experiment/flags/flags.js";
import { neededNode } from "../../src/version.js";
import { runCli } from "./run-cli.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Every run of this file ends before anything may be written. */
async function run(...args: string[]) {
  const outcome = await runCli(args, folder);
  expect(await readdir(folder)).toEqual([]);
  return outcome;
}

/** What the program would say and end with, in this process. */
async function failure(line: string) {
  const error = await buildProgram()
    .parseAsync(line.split(" "), { from: "user" })
    .catch((thrown: unknown) => thrown);
  return describeFailure(error);
}

test("a second word is refused: a name with blanks came without quotes", async () => {
  for (const command of ["scan", "quarantine"])
    expect(await failure(`${command} my photos`)).toEqual({
      exitCode: 2,
      text: expect.stringMatching(
        /^error: too many arguments.*\nhint: A name with blanks stands in quotes\./,
      ),
    });
});

test("--help groups every flag and shows defaults", async () => {
  const { exitCode, stdout } = await run("--help");
  expect(exitCode).toBe(0);
  for (const group of flagGroups) expect(stdout).toContain(`\n${group}:\n`);
  for (const name of flagNames) expect(stdout).toMatch(new RegExp(`^ {2}--${name}\\b`, "m"));
  const text = stdout.replace(/\s+/g, " ");
  expect(text).toContain("--training_mode turns training mode OFF (as in the original)");
  expect(text).toContain("of ten balanced classes 0.1 is 1 % of the training set [0.1]");
  expect(text).toContain(
    "--attack <name> lc, narcissus, sa, ht, sig, badnets, blend, narcissus_lc, narcissus_lc_sa [lc]",
  );
  expect(text).toMatch(/Commands: scan .*status .*setup .*doctor /);
});

test("--version is that of package.json", async () => {
  const { exitCode, stdout } = await run("--version");
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
});

test("a Node.js that is too old is named", () => {
  expect(neededNode("v18.20.8")).toMatch(/^>=\d+\.\d+$/);
  expect(neededNode("v20.11.1")).toBe(neededNode("v18.20.8"));
  for (const version of ["v20.12.0", "v20.20.2", "v22.0.0", process.version])
    expect(neededNode(version)).toBeUndefined();
});

describe("a mistake: exit code 2, one message and a hint on stderr, nothing on stdout, nothing written", () => {
  const mistakes: readonly [string, string][] = [
    [
      "--posoned_training",
      "error: unknown option '--posoned_training'\nhint: Did you mean --poisoned_training?\n",
    ],
    [
      "--poisoned-training",
      "error: unknown option '--poisoned-training'\nhint: Did you mean --poisoned_training?\n",
    ],
    [
      "poisoned_training",
      'error: Unexpected word "poisoned_training".\nhint: Did you mean --poisoned_training?\n',
    ],
    [
      "--retrain --pr_tgt --bs 3",
      'error: --pr_tgt has no value: "--bs" follows it.\nhint: Give it one: --pr_tgt <value>.\n',
    ],
    [
      "--retrain --pr_tgt 10",
      'error: --pr_tgt: got "10"; accepted: a ratio above 0 and at most 1.\n' +
        "hint: --pr_tgt is a ratio, the share of the target class: 10 % is 0.1.\n",
    ],
  ];
  test.each(mistakes)("%s", async (line, stderr) => {
    expect(await failure(line)).toEqual({ exitCode: 2, text: stderr.trimEnd() });
  });

  test("a command nobody knows", async () => {
    const { exitCode, text } = await failure("run");
    expect(exitCode).toBe(2);
    expect(text).toMatch(/^error: Unexpected word "run"\.\nhint: .*setup, doctor/);
    expect((await failure("setp")).text).toContain("hint: Did you mean setup?");
    expect((await failure("scna")).text).toContain("hint: Did you mean scan?");
  });

  test("a word that a command has no use for, and a command that is missing", async () => {
    for (const command of ["doctor", "setup"])
      expect(await failure(`${command} extra`)).toMatchObject({
        exitCode: 2,
        text: expect.stringMatching(/^error: Unexpected word "extra"\./),
      });
    const { exitCode, text } = await failure("sweep");
    expect({ exitCode, text }).toEqual({
      exitCode: 2,
      text: "error: A command is missing.\nhint: Give one of those above.",
    });
  });

  test("in a process of its own", async () => {
    const [[line, stderr]] = mistakes;
    expect(await run(...line.split(" "))).toEqual({ exitCode: 2, stdout: "", stderr });
  });

  test("no stage at all", async () => {
    const { exitCode, stdout, stderr } = await run();
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("No stage given");
    expect(stderr).toContain("--sample_level");
  });
});

test("status takes the flags of a run, reads and writes nothing that is not there", async () => {
  const { exitCode, stdout } = await run("--dataset", "synthetic", "status", "--model", "ResNet8");
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /^lc on synthetic, ResNet8, from_scratch; results in results\/lc_synthetic_16_0\.1_100\n/,
  );
  expect(stdout).toMatch(/--batch_level +capture 10 epochs/);
  expect((await failure("status retrain")).text).toBe(
    'error: Unexpected word "retrain".\nhint: Did you mean --retrain?',
  );
  expect((await failure("status --lr 0")).exitCode).toBe(2);
});

test("--plan says what would run and writes nothing", async () => {
  const flags =
    "--dataset synthetic --model ResNet8 --poisoned_training --batch_level --epochs 3 --ep_bl_base 3 --plan";
  const { exitCode, stdout, stderr } = await run(...flags.split(" "));
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("4,000 training images, 800 test images");
  expect(stdout).toContain("writes  saved_models/model_lc_synthetic_16_0.1_3_128.safetensors");
  expect(stdout).toContain(
    "reads   saved_models/model_lc_synthetic_16_0.1_3_128.safetensors (written by a stage above)",
  );
});

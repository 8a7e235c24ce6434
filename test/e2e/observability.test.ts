import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRunRecord } from "../../src/store/run-record.js";
import { names } from "./artefacts.js";
import { cli, newFolder, succeed, tinyFlags } from "./cli.js";

let folder: string;
let printed: string;
beforeAll(async () => {
  folder = await newFolder();
  const log = ["--log_file", "logs/run.jsonl", "--quiet"];
  printed = await succeed(folder, [...tinyFlags(), "--poisoned_training", ...log]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const record = () => readRunRecord(join(folder, "results/e2e"));

test("--quiet prints the table and where the results are; --log_file has the rest, by stage", async () => {
  expect(printed.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^ +clean accuracy \(ACC\) +attack success \(ASR\)$/),
    expect.stringMatching(/^before +[\d.]+ % \(\d+\/40 \[/),
    "results: results/e2e/results.csv",
  ]);
  const lines = (await readFile(join(folder, "logs/run.jsonl"), "utf8")).trimEnd().split("\n");
  const entries = lines.map((line): Record<string, unknown> => JSON.parse(line));
  expect(entries.map(({ stage }) => stage)).toContain("attack");
  const trained = entries.filter(({ stage }) => stage === "poisoned_training");
  expect(trained).toContainEqual(
    expect.objectContaining({ level: "progress", done: 13, total: 13, seconds: expect.any(Number) }),
  );
  expect(trained).toContainEqual(
    expect.objectContaining({ level: "info", message: `poisoned training: saved ${names.model}` }),
  );
});

test("run.json says how the run ended, and status what is there and what comes next", async () => {
  const finished = await record();
  expect(finished).toMatchObject({ exit: "finished", seed: 545, flags: { lr: 0.05, attack: "lc" } });
  expect(Object.keys(finished?.seconds ?? {})).toEqual(["dataset", "attack", "poisoned_training"]);

  const status = await succeed(folder, ["status", ...tinyFlags()]);
  expect(status).toMatch(/\nlatest run: ended .* ago after .*: finished\n/);
  expect(status).toMatch(/\npoisoned model, 1 epochs +done +[\d.]+ kB +[\d.]+ s ago/);
  expect(status).toMatch(/\nfeatures +missing/);
  expect(status).toContain(`--poisoned_training  nothing: ${names.model} is there\n`);
  expect(status).toMatch(/--retrain_control +train for 1 epochs\n$/);
  expect(await record()).toEqual(finished);
});

test("a refused run and one that was stopped say so", async () => {
  const training = [...tinyFlags({ lr: 0.1 }), "--poisoned_training"];
  expect(await succeed(folder, ["status", ...training])).toContain("made otherwise: --lr 0.05 (now 0.1)");
  expect((await cli(folder, training)).exitCode).toBe(2);
  expect((await record())?.exit).toMatch(/^failed: .* was made with other settings: --lr 0\.05 \(now 0\.1\)/);
  const seen = (output: string) => output.includes("dataset:");
  const stopped = await cli(folder, [...tinyFlags(), "--batch_level"], { signal: "SIGINT", seen });
  expect(stopped.exitCode).toBe(130);
  expect((await record())?.exit).toBe("interrupted");
});

import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLogFile } from "../../src/cli/log-file.js";
import { RunError, UserError } from "../../src/errors.js";
import { type Reporter, silentReporter } from "../../src/reporter.js";
import { temporaryFolder } from "../store/temporary-folder.js";

/** A reporter that remembers what it was told. */
function listener(): { readonly heard: string[]; readonly reporter: Reporter } {
  const heard: string[] = [];
  const hear = (kind: string) => (line: string) => void heard.push(`${kind}: ${line}`);
  const reporter = {
    ...silentReporter,
    info: hear("info"),
    detail: hear("detail"),
    result: hear("result"),
    warn: hear("warn"),
  };
  return { heard, reporter };
}

const entriesOf = async (path: string) =>
  (await readFile(path, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));

test("every line, end of progress and failure is an object with time, level and stage; a second run adds", async () => {
  const path = join(await temporaryFolder(), "logs", "run.jsonl");
  const { heard, reporter: inner } = listener();
  const { reporter, failure } = openLogFile(path, inner);
  reporter.info('engine: "wasm"\nsecond line');
  reporter.detail("node");
  reporter.section("batch_level");
  const progress = reporter.progress("batch level", 10);
  progress.update(4, "loss 0.4");
  progress.stop();
  reporter.warn("slow");
  reporter.result("table");
  failure(new RunError("It diverged.", "Use a smaller --lr."));
  openLogFile(path, silentReporter).reporter.info("again");
  const entries = await entriesOf(path);
  const stage = "batch_level";
  expect(entries.map(({ time, ...entry }) => entry)).toEqual([
    { level: "info", message: 'engine: "wasm"\nsecond line' },
    { level: "detail", message: "node" },
    {
      level: "progress",
      stage,
      message: expect.stringMatching(/^batch level: stopped at 4\/10 after /),
      done: 4,
      total: 10,
      seconds: expect.any(Number),
    },
    { level: "warn", stage, message: "slow" },
    { level: "result", stage, message: "table" },
    { level: "error", stage, message: "error: It diverged.\nhint: Use a smaller --lr." },
    { level: "info", message: "again" },
  ]);
  for (const { time } of entries) expect(new Date(String(time)).toISOString()).toBe(time);
  expect(heard).toEqual(['info: engine: "wasm"\nsecond line', "detail: node", "warn: slow", "result: table"]);
});

test.runIf(existsSync("/dev/full"))("a full disk is warned of once, and the run goes on", () => {
  const { heard, reporter: inner } = listener();
  const { reporter } = openLogFile("/dev/full", inner);
  reporter.info("one");
  reporter.info("two");
  expect(heard).toEqual([
    expect.stringMatching(/^warn: --log_file \/dev\/full cannot be written: ENOSPC.*; the run goes on$/),
    "info: one",
    "info: two",
  ]);
});

test("a folder is refused by the flag's name", async () => {
  const path = join(await temporaryFolder(), "folder");
  await mkdir(path);
  expect(() => openLogFile(path, silentReporter)).toThrow(UserError);
  expect(() => openLogFile(path, silentReporter)).toThrow(`--log_file: got "${path}"; accepted: a file`);
});

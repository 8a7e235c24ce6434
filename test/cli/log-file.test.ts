import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
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
  const { reporter, failure } = await openLogFile(path, inner);
  reporter.info('engine: "wasm"\nsecond line');
  reporter.detail("node");
  reporter.section("batch_level");
  const progress = reporter.progress("batch level", 10);
  progress.update(4, "loss 0.4");
  progress.stop();
  reporter.warn("slow");
  reporter.result("table");
  failure(new RunError("It diverged.", "Use a smaller --lr."));
  (await openLogFile(path, silentReporter)).reporter.info("again");
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

test.runIf(existsSync("/dev/full"))("a full disk is warned of once, and the run goes on", async () => {
  const { heard, reporter: inner } = listener();
  const { reporter } = await openLogFile("/dev/full", inner);
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
  await expect(openLogFile(path, silentReporter)).rejects.toThrow(UserError);
  await expect(openLogFile(path, silentReporter)).rejects.toThrow(
    `--log_file: got "${path}"; accepted: a file`,
  );
});

test("what is no log of ours is refused and left as it is", async () => {
  const path = join(await temporaryFolder(), "model.safetensors");
  for (const text of ["\x40\0\0\0\0\0\0\0{}", '{"time":"now"}\n', "results\n"]) {
    await writeFile(path, text);
    await expect(openLogFile(path, silentReporter)).rejects.toThrow("the log of earlier runs");
    expect(await readFile(path, "latin1")).toBe(text);
  }
  await writeFile(path, "");
  (await openLogFile(path, silentReporter)).reporter.info("into an empty one");
  expect(await entriesOf(path)).toMatchObject([{ message: "into an empty one" }]);
});

test("below a working folder that is gone: refused, and no endless search", async () => {
  const folder = await temporaryFolder();
  const source = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
  const script = `
    import { rmSync } from "node:fs";
    import { openLogFile } from ${source("cli/log-file.ts")};
    import { silentReporter } from ${source("reporter.ts")};
    rmSync(${JSON.stringify(folder)}, { recursive: true });
    await openLogFile("logs/run.jsonl", silentReporter).catch((error) => console.log(error.message));`;
  const { stdout } = spawnSync(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", script],
    { cwd: folder, timeout: 60_000, encoding: "utf8" },
  );
  expect(stdout).toMatch(/^--log_file: got "logs\/run.jsonl"; accepted: a file .*ENOENT/);
});

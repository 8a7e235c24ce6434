import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readRunRecord } from "../../src/store/run-record.js";
import { main, tinyFlags } from "./cli.js";

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "poisonspot-surroundings-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a line of the shell, in which "$@" is the program, to its end. */
function shell(cwd: string, line: string, ...args: string[]): { status: number | null; stderr: string } {
  const command = [process.execPath, main, ...args];
  return spawnSync("sh", ["-c", line, "sh", ...command], { cwd, encoding: "utf8" });
}

/** Runs the program and closes its stdout as soon as it has said `last`. */
function closedPipe(
  cwd: string,
  last: string,
  ...args: string[]
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], { cwd });
    let [out, said] = ["", ""];
    const closeAfter = (chunk: string) => {
      out += chunk;
      if (out.includes(last)) child.stdout.destroy();
    };
    child.stdout.on("data", (chunk: Buffer) => closeAfter(chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on("close", (code) => resolve({ code, said }));
    closeAfter("");
  });
}

describe.skipIf(process.platform === "win32")("what a shell may do to the program", () => {
  test.each([["--help"], ["doctor"], ["status"], ["setup"], ["convert", "a.pth", "b.pth"], ["--retrain"]])(
    "%s in a working folder that is gone: said, and no bug",
    async (...args) => {
      const { status, stderr } = shell(await emptyFolder(), 'rmdir "$PWD" && exec "$@"', ...args);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^error: The working folder is no longer there\.\nhint: .*\n$/);
    },
  );

  // The first keeps the command line from loading, the second the check of the flags.
  test.each([24, 48])("%i open files: said, with how to allow more", async (limit) => {
    const { status, stderr } = shell(await emptyFolder(), `ulimit -n ${limit} && exec "$@"`, "--retrain");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: Too many files are open: EMFILE.*\nhint: .*`ulimit -n 1024`.*\n$/);
  });

  test("help that nobody reads ends as the system ends other programs, and says nothing", async () => {
    expect(await closedPipe(await emptyFolder(), "", "--help")).toEqual({ code: 141, said: "" });
  });

  test("a run that nobody reads is no success; it stops at the end of a step, and is saved", async () => {
    const folder = await emptyFolder();
    const training = [...tinyFlags({ epochs: 300 }), "--poisoned_training"];
    const { code, said } = await closedPipe(folder, "epoch 1/", ...training);
    expect(code).toBe(141);
    expect(said).toContain("stopped as nobody reads its output any more");
    expect(await readdir(join(folder, "saved_models"))).toEqual([
      expect.stringMatching(/\.progress\.safetensors$/),
    ]);
    expect(await readRunRecord(join(folder, "results/e2e"))).toMatchObject({ exit: "interrupted" });
  });

  test.runIf(existsSync("/dev/full"))("output that cannot be written is no success", async () => {
    const { status, stderr } = shell(await emptyFolder(), 'exec "$@" > /dev/full', "--help");
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^error: The output cannot be written: ENOSPC/),
    ]);
  });
});

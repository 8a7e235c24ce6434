import { spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export { stages, tinyFlags } from "./tiny-flags.js";

export const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Outcome {
  /** null when a signal ended the process. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Sends `signal` as soon as `seen`, called with all that was printed so far, says so. */
interface Stop {
  readonly signal: NodeJS.Signals;
  readonly seen: (printed: string) => boolean | Promise<boolean>;
}

/** The built command line in its own process, in folder `cwd`. */
export function cli(cwd: string, args: readonly string[], stop?: Stop): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd });
    let [stdout, stderr, isStopped] = ["", "", false];
    const timer = setInterval(async () => {
      if (stop === undefined || isStopped || !(await stop.seen(stdout + stderr))) return;
      isStopped = true;
      child.kill(stop.signal);
    }, 5);
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (exitCode, signal) => {
      clearInterval(timer);
      resolve({ exitCode, signal, stdout, stderr });
    });
  });
}

/** The same, for a run that must go well. @returns what it printed on stdout */
export async function succeed(cwd: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await cli(cwd, args);
  if (exitCode !== 0) throw new Error(`${args.join(" ")} ended with ${exitCode}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** A folder of the test file's own; remove it at the end. */
export const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "poisonspot-e2e-"));

/** A copy of a prepared folder for one test, removed after it. */
export async function copyOf(folder: string): Promise<string> {
  const copy = await newFolder();
  onTestFinished(() => rm(copy, { recursive: true, force: true }));
  await cp(folder, copy, { recursive: true });
  return copy;
}

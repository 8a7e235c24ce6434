import { spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export const stages = [
  "--clean_training",
  "--poisoned_training",
  "--batch_level",
  "--sample_level",
  "--score_samples",
  "--retrain",
] as const;

/** Ten poisons among 200 images, 14 suspects, one epoch of everything; all paths are the defaults, below the working folder. */
const tiny: Readonly<Record<string, string | number>> = {
  dataset: "synthetic",
  limit_per_class: 20,
  model: "ResNet8",
  attack: "lc",
  eps: 8,
  attack_opt: "steps=3",
  pr_tgt: 0.5,
  pr_sus: 67,
  target_class: 2,
  epochs: 1,
  ep_bl_base: 1,
  ep_sl_base: 1,
  ep_bl: 1,
  ep_sl: 1,
  bs: 16,
  bs_bl: 16,
  bs_sl: 16,
  lr: 0.05,
  groups: 2,
  exp: "e2e",
};

/** The tiny run's flags with some changed or added. */
export const tinyFlags = (changes: Readonly<Record<string, string | number>> = {}): string[] =>
  Object.entries({ ...tiny, ...changes }).flatMap(([name, value]) => [`--${name}`, String(value)]);

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

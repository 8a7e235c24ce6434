// Kills runs at random moments and repeats them: tsx scripts/faults.ts [--count 20] [--seed 1] [--attack lc]
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { createRng } from "../src/random/rng.js";
import { outsideFolder } from "../test/attacks/narcissus-input.js";
import { hashesOf } from "../test/e2e/artefacts.js";
import { stages, tinyFlags } from "../test/e2e/tiny-flags.js";

const main = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist", "cli", "main.js");

/** What makes each attack's crafting as small as the rest of the tiny run: values of `--attack_opt`. */
const craftings = {
  lc: ["steps=3"],
  narcissus: ["surrogate=ResNet8", "surrogate_epochs=3", "warmup_epochs=2", "rounds=20", "batch=8"],
  sa: ["iterations=16", "segments=2", "restarts=2", "retrain_epochs=2", "trigger_images=8", "clean_epochs=1"],
  ht: ["iterations=40", "batch=4", "clean_epochs=1", "lr=1"],
} as const;

const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("It is a whole number from 1.");
  return Number(text);
};
const program = new Command("faults")
  .description("Kills runs of all six stages at random moments, repeats them, and compares what they leave.")
  .option("--count <n>", "runs to kill", wholeNumber, 20)
  .option("--seed <n>", "of the moments", wholeNumber, 1)
  .addOption(new Option("--attack <name>").choices(Object.keys(craftings)).default("lc"));
program.parse();
const { count, seed, attack } = program.opts<{
  count: number;
  seed: number;
  attack: keyof typeof craftings;
}>();

const log = "log.jsonl";
const outside = attack === "narcissus" ? await outsideFolder() : undefined;
const [firstOption, ...options]: string[] = [...craftings[attack]];
if (outside !== undefined) options.push(`pood=${outside}`);
const args = [
  ...tinyFlags({
    attack,
    attack_opt: firstOption,
    checkpoint_seconds: 0.5,
    log_file: log,
  }),
  ...options.flatMap((option) => ["--attack_opt", option]),
  ...stages,
];
/** Records of one run, which a repeated run writes anew. */
const records = [log, "run.json", "results.csv"];

interface Ended {
  readonly killed: boolean;
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** The command line in its own process, killed after some time unless it ends before. */
function run(cwd: string, killAfterMs?: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    child.on("error", reject);
    child.on("close", (exitCode, signal) => {
      clearTimeout(timer);
      resolve({ killed: signal === "SIGKILL", exitCode, stderr });
    });
  });
}

async function inNewFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "poisonspot-faults-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The parts of an uninterrupted run, each from `start` to `end` milliseconds after the process began. */
interface Part {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

async function partsOf(folder: string, totalMs: number): Promise<Part[]> {
  const { seconds } = JSON.parse(await readFile(join(folder, "results/e2e/run.json"), "utf8"));
  const durations = Object.entries<number>(seconds).map(([name, value]) => [name, 1000 * value] as const);
  let at = totalMs - durations.reduce((sum, [, ms]) => sum + ms, 0);
  return durations.map(([name, ms]) => {
    const start = at;
    at += ms;
    return { name, start, end: at };
  });
}

/** Where a killed run was: the stage of the last line that it logged. */
async function stageReached(folder: string): Promise<string> {
  const text = await readFile(join(folder, log), "utf8").catch(() => "");
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  return last === "" ? "start" : (JSON.parse(last).stage ?? "start");
}

const unfinished = (paths: readonly string[]): string[] =>
  paths.filter((path) => /partial|progress|\.lock$/.test(path));

/** What is wrong with a folder after the repeated run; empty when nothing is. */
async function losses(folder: string, expected: ReadonlyMap<string, string>): Promise<string[]> {
  const found = await hashesOf(folder, records);
  const left = unfinished(await readdir(folder, { recursive: true })).map((path) => `${path} is left`);
  const missing = [...expected.keys()].filter((path) => !found.has(path)).map((path) => `${path} is missing`);
  const other = [...found]
    .filter(([path, hash]) => expected.get(path) !== hash)
    .map(([path]) => `${path} has other bytes`);
  return [...left, ...missing, ...other];
}

const { expected, parts } = await inNewFolder(async (folder) => {
  const began = performance.now();
  const { exitCode, stderr } = await run(folder);
  const totalMs = performance.now() - began;
  if (exitCode !== 0) throw new Error(`The uninterrupted run ended with ${exitCode}:\n${stderr}`);
  const hashes = await hashesOf(folder, records);
  console.log(`uninterrupted: ${(totalMs / 1000).toFixed(1)} s, ${hashes.size} files`);
  return { expected: hashes, parts: await partsOf(folder, totalMs) };
});

const rng = createRng(`faults/${seed}`);
const total = { injected: 0, survived: 0, lost: 0 };
for (let point = 1; point <= count; point++) {
  // Each part in turn, so that short ones are met as often as long ones.
  const { start, end } = parts[(point - 1) % parts.length];
  const afterMs = start + rng.uniform() * (end - start);
  await inNewFolder(async (folder) => {
    const { killed } = await run(folder, afterMs);
    const reached = await stageReached(folder);
    const again = await run(folder);
    const lost =
      again.exitCode === 0 ? await losses(folder, expected) : [`exit ${again.exitCode}: ${again.stderr}`];
    if (killed) total.injected++;
    total[lost.length === 0 ? "survived" : "lost"]++;
    const what = killed ? `killed after ${Math.round(afterMs)} ms in ${reached}` : "ended before the kill";
    console.log(`point ${point}: ${what}: ${lost.length === 0 ? "same bytes" : `LOST: ${lost.join("; ")}`}`);
  });
}
if (outside !== undefined) await rm(outside, { recursive: true });
console.log(`${attack}: ${total.injected} injected, ${total.survived} survived, ${total.lost} lost`);
process.exitCode = total.lost === 0 ? 0 : 1;

// Kills or stops runs at random moments and repeats them: tsx scripts/faults.ts [--count 24] [--seed 1] [--attack lc] [--part attack]
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { createRng } from "../src/random/rng.js";
import { outsideFolder } from "../test/attacks/narcissus/narcissus-input.js";
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
  .description(
    "Kills or stops runs of all six stages at random moments, repeats them, and compares what they leave.",
  )
  .option("--count <n>", "runs to kill or stop; 24 meet each part with each signal", wholeNumber, 24)
  .option("--seed <n>", "of the moments", wholeNumber, 1)
  .addOption(new Option("--attack <name>").choices(Object.keys(craftings)).default("lc"))
  .option("--part <name>", "where all signals come, a stage or attack (default: each in turn)");
program.parse();
const {
  count,
  seed,
  attack,
  part: onlyPart,
} = program.opts<{
  count: number;
  seed: number;
  attack: keyof typeof craftings;
  part?: string;
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

/** How a run ends that gets a signal: the system ends it, or it stops and says so. */
const exitCodes = { SIGKILL: null, SIGINT: 130, SIGTERM: 143 } as const;
type FaultSignal = keyof typeof exitCodes;
const signals = Object.keys(exitCodes) as FaultSignal[];

interface Fault {
  readonly signal: FaultSignal;
  /** The line of the log after which the part begins in which the signal comes. */
  readonly begin: string;
  /** From then on. */
  readonly afterMs: number;
}

interface Ended {
  readonly exitCode: number | null;
  /** That ended it. */
  readonly signal: NodeJS.Signals | null;
  /** From the fault to the end; undefined when it ended before. */
  readonly msToEnd: number | undefined;
  readonly stderr: string;
}

/** How often a run is looked at. */
const lookMs = 10;

/** The command line in its own process, sent a signal in the midst of a part of it. */
function run(cwd: string, fault?: Fault): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    let sentAt: number | undefined;
    const send = ({ signal }: Fault) => {
      sentAt = performance.now();
      child.kill(signal);
    };
    let timer: NodeJS.Timeout | undefined;
    const waitFor = ({ begin }: Fault) =>
      readFile(join(cwd, log), "utf8")
        .catch(() => "")
        .then((text) => text.includes(begin));
    const look = async (awaited: Fault) => {
      const hasBegun = await waitFor(awaited);
      if (child.exitCode !== null) return;
      timer = hasBegun
        ? setTimeout(() => send(awaited), awaited.afterMs)
        : setTimeout(() => look(awaited), lookMs);
    };
    if (fault) look(fault);
    child.on("error", reject);
    child.on("close", (exitCode, signal) => {
      clearTimeout(timer);
      const msToEnd = sentAt === undefined ? undefined : performance.now() - sentAt;
      resolve({ exitCode, signal, msToEnd, stderr });
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

/** A part of an uninterrupted run. */
interface Part {
  readonly name: string;
  /** The line of the log after which it begins. */
  readonly begin: string;
  readonly durationMs: number;
}

async function partsOf(folder: string): Promise<Part[]> {
  const { seconds } = JSON.parse(await readFile(join(folder, "results/e2e/run.json"), "utf8"));
  const durations = Object.entries<number>(seconds);
  return durations.map(([name, value], i) => {
    const before = i === 0 ? "engine" : durations[i - 1][0];
    const begin = i <= 2 ? `"${before}: ` : `"${before}: done in`;
    return { name, begin, durationMs: 1000 * value };
  });
}

/** Where an ended run was: the stage of the last line that it logged. */
async function stageReached(folder: string): Promise<string> {
  const text = await readFile(join(folder, log), "utf8").catch(() => "");
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  return last === "" ? "start" : (JSON.parse(last).stage ?? "start");
}

const halfWritten = /partial|\.lock$/;
const unfinished = /partial|progress|\.lock$/;

const matching = async (folder: string, pattern: RegExp): Promise<string[]> =>
  (await readdir(folder, { recursive: true }))
    .filter((path) => pattern.test(path))
    .map((path) => `${path} is left`);

const lastStepMs = 2000;

/** What is wrong with a run that was sent a signal, and with what it left; empty when nothing is. */
async function faultsOf(folder: string, { signal }: Fault, ended: Ended): Promise<string[]> {
  if (signal === "SIGKILL" || ended.msToEnd === undefined) return [];
  // The last step of all may have been under way.
  if (ended.exitCode === 0 && ended.msToEnd < lastStepMs) return [];
  // It may come before the program listens.
  if (ended.signal === signal) return [];
  const expected = exitCodes[signal];
  const exit = ended.exitCode === expected ? [] : [`exit ${ended.exitCode} on ${signal}: ${ended.stderr}`];
  return [...exit, ...(await matching(folder, halfWritten))];
}

/** What is wrong with a folder after the repeated run; empty when nothing is. */
async function losses(folder: string, expected: ReadonlyMap<string, string>): Promise<string[]> {
  const found = await hashesOf(folder, records);
  const left = await matching(folder, unfinished);
  const missing = [...expected.keys()].filter((path) => !found.has(path)).map((path) => `${path} is missing`);
  const other = [...found]
    .filter(([path, hash]) => expected.get(path) !== hash)
    .map(([path]) => `${path} has other bytes`);
  return [...left, ...missing, ...other];
}

/** A run that nothing happens to: what it leaves, and how long each part takes. */
async function uninterrupted() {
  return inNewFolder(async (folder) => {
    const began = performance.now();
    const { exitCode, stderr } = await run(folder);
    const seconds = (performance.now() - began) / 1000;
    if (exitCode !== 0) throw new Error(`The uninterrupted run ended with ${exitCode}:\n${stderr}`);
    const hashes = await hashesOf(folder, records);
    console.log(`uninterrupted: ${seconds.toFixed(1)} s, ${hashes.size} files`);
    return { hashes, parts: await partsOf(folder) };
  });
}

const { hashes: expected } = await uninterrupted();
// The first run waits for the disk.
const { hashes: same, parts: allParts } = await uninterrupted();
const varying = [...expected].filter(([path, hash]) => same.get(path) !== hash);
if (varying.length > 0)
  throw new Error(`Two uninterrupted runs differ: ${varying.map(([path]) => path).join(", ")}.`);
const parts = allParts.filter(({ name }) => onlyPart === undefined || name === onlyPart);
if (parts.length === 0)
  throw new Error(`No part ${onlyPart}; there are ${allParts.map(({ name }) => name).join(", ")}.`);
const rng = createRng(`faults/${seed}`);
const total = { injected: 0, survived: 0, lost: 0 };
let slowestStop = 0;
for (let point = 0; point < count; point++) {
  // Each part in turn, so that short ones are met as often as long ones, and each time with another signal.
  const place = point % parts.length;
  const round = Math.floor(point / parts.length);
  const { name, begin, durationMs } = parts[place];
  const fault: Fault = {
    signal: signals[(place + round) % signals.length],
    begin,
    afterMs: rng.uniform() * durationMs,
  };
  await inNewFolder(async (folder) => {
    const ended = await run(folder, fault);
    const isInjected = ended.msToEnd !== undefined && ended.exitCode !== 0;
    const reached = await stageReached(folder);
    const faulty = await faultsOf(folder, fault, ended);
    const again = await run(folder);
    const lost = [
      ...faulty,
      ...(again.exitCode === 0
        ? await losses(folder, expected)
        : [`exit ${again.exitCode}: ${again.stderr}`]),
    ];
    const stopMs = ended.msToEnd ?? 0;
    if (fault.signal !== "SIGKILL") slowestStop = Math.max(slowestStop, stopMs);
    if (isInjected) total.injected++;
    if (lost.length > 0) total.lost++;
    else if (isInjected) total.survived++;
    const what = isInjected
      ? `${fault.signal} ${Math.round(fault.afterMs)} ms into ${name}, ended ${Math.round(stopMs)} ms later in ${reached}`
      : "ended before the fault";
    console.log(
      `point ${point + 1}: ${what}: ${lost.length === 0 ? "same bytes" : `LOST: ${lost.join("; ")}`}`,
    );
  });
}
if (outside !== undefined) await rm(outside, { recursive: true });
console.log(
  `${attack}: ${total.injected} injected, ${total.survived} survived, ${total.lost} lost; ` +
    `slowest stop ${(slowestStop / 1000).toFixed(1)} s`,
);
process.exitCode = total.lost === 0 ? 0 : 1;

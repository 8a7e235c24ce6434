import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError, UserError } from "../../src/errors.js";
import { createRng } from "../../src/random/rng.js";
import { watchAllocations } from "./allocations.js";
import { mutate } from "./mutations.js";

/** A reader of files from elsewhere, with valid files of its format. */
export interface Target {
  readonly seeds: readonly Buffer[];
  /** More that seeds are mixed with; it may be refused. */
  readonly material?: readonly Buffer[];
  /** Reads an input made from seed number `seed`. It may throw what the reader throws. */
  read(input: Buffer, seed: number): Promise<unknown>;
}

/** @param folder for the target's files, its own */
export type TargetFactory = (folder: string) => Promise<Target>;

/** What no input may exceed; the time is the processor's, as a busy machine makes any input slow. */
export const limits = { milliseconds: 2000, bytesAskedFor: 2 ** 25, residentBytes: 2 ** 28 } as const;

export interface FuzzOptions {
  readonly name: string;
  readonly seed: string;
  /** Number of the first input; input i is the same whichever is first. */
  readonly first: number;
  readonly count: number;
  /** Called before each input, which may never end. */
  readonly onInput?: (number: number) => void;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  /** "input 17: TypeError: …" */
  readonly defects: readonly string[];
  /** Of the processor. */
  readonly slowestMilliseconds: number;
  /** Its number. */
  readonly slowestInput: number;
  /** Largest piece of memory asked for at once. */
  readonly largestBytes: number;
  /** Most memory of the process beyond what it had before the first input. */
  readonly residentGrowthBytes: number;
}

/** Gives mutated files to a reader: each must lead to a result, or to an error that we defined, soon and with little memory. */
export async function fuzz(makeTarget: TargetFactory, options: FuzzOptions): Promise<FuzzReport> {
  const folder = await mkdtemp(join(tmpdir(), "poisonspot-fuzz-"));
  const watch = watchAllocations();
  try {
    return await fuzzIn(await makeTarget(folder), options, watch.takeLargest);
  } finally {
    watch.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function fuzzIn(target: Target, options: FuzzOptions, takeLargest: () => number): Promise<FuzzReport> {
  for (const [i, seed] of target.seeds.entries()) {
    const fault = faultOf(await outcomeOf(() => target.read(seed, i)));
    if (fault !== undefined) throw new Error(`${options.name}: seed ${i} is no good one: ${fault}`);
  }
  const counts = { accepted: 0, refused: 0 };
  const defects: string[] = [];
  const material = [...target.seeds, ...(target.material ?? [])];
  let [slowest, slowestInput, largest] = [0, 0, 0];
  const before = peakMemory();
  let peak = before;
  for (let i = options.first; i < options.first + options.count; i++) {
    options.onInput?.(i);
    const rng = createRng(`${options.seed}/${options.name}/${i}`);
    const seed = rng.int(target.seeds.length);
    const input = mutate(rng, target.seeds[seed], material);
    takeLargest();
    const begin = process.cpuUsage();
    const error = await outcomeOf(() => target.read(input, seed));
    const { user, system } = process.cpuUsage(begin);
    const milliseconds = (user + system) / 1000;
    const bytes = takeLargest();
    const grown = peakMemory() - peak;
    const fault =
      faultOf(error) ??
      (milliseconds > limits.milliseconds
        ? `took ${Math.round(milliseconds)} ms of the processor`
        : bytes > limits.bytesAskedFor
          ? `asked for ${bytes} bytes at once`
          : grown > limits.residentBytes
            ? `took ${grown} bytes of memory`
            : undefined);
    if (fault !== undefined) defects.push(`input ${i}: ${fault}`);
    else counts[error === undefined ? "accepted" : "refused"]++;
    if (milliseconds > slowest) [slowest, slowestInput] = [milliseconds, i];
    largest = Math.max(largest, bytes);
    peak += Math.max(0, grown);
  }
  return {
    inputs: options.count,
    ...counts,
    defects,
    slowestMilliseconds: slowest,
    slowestInput,
    largestBytes: largest,
    residentGrowthBytes: peak - before,
  };
}

const peakMemory = (): number => process.resourceUsage().maxRSS * 1024;

/** What was thrown; undefined when nothing was. */
async function outcomeOf(read: () => Promise<unknown>): Promise<unknown> {
  try {
    await read();
    return undefined;
  } catch (error) {
    return error ?? new Error("nothing was thrown");
  }
}

/** Why an outcome is a defect of the reader; undefined when it is none. */
function faultOf(error: unknown): string | undefined {
  if (Object.keys(Object.prototype).length > 0) return "the prototype of all objects was changed";
  if (error === undefined) return undefined;
  if (!(error instanceof UserError || error instanceof RunError)) return described(error);
  if (error.message === "" || error.hint === "") return "an error without a message or a hint";
  // A reader may wrap whatever is thrown: a slip of its own must not pass for a refusal.
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause)
    if (slips.some((kind) => cause instanceof kind)) return described(cause);
  return undefined;
}

const slips = [TypeError, RangeError, ReferenceError, EvalError, URIError];

const described = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? String(error)).split("\n").slice(0, 4).join(" | ") : String(error);

import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type JsonValue, readJson, writeJsonAtomic } from "../files/atomic-file.js";
import { formatBytes, formatDuration } from "../format.js";
import { programVersion } from "../version.js";

const schema = z.object({
  runId: z.string(),
  versions: z.object({ poisonspot: z.string(), node: z.string(), engine: z.string() }),
  flags: z.record(z.string(), z.json()),
  seed: z.int(),
  engine: z.string(),
  host: z.object({
    system: z.string(),
    processor: z.string(),
    cpus: z.int(),
    memoryBytes: z.number(),
  }),
  pid: z.int(),
  started: z.iso.datetime(),
  ended: z.iso.datetime().nullable(),
  /** Of each part of the run that began, in their order. */
  seconds: z.record(z.string(), z.number()),
  peakMemoryBytes: z.number(),
  /** "running" (also of one that was killed), "finished", "interrupted" or "failed: " and why */
  exit: z.string(),
});

/** What `run.json` says of the latest run. */
type RunFacts = z.infer<typeof schema>;

/** What the caller knows of a run at its start. */
interface Beginning {
  readonly runId: string;
  readonly flags: Readonly<Record<string, JsonValue>>;
  readonly seed: number;
  /** For people. */
  readonly engine: string;
  /** Of the numeric library. */
  readonly engineVersion: string;
}

/** The record of a run that goes on. */
export interface RunRecord {
  /** Versions and host in one line for people. */
  readonly description: string;
  /** Counts the time of a part of the run, which may fail. */
  time<T>(part: string, work: () => Promise<T>): Promise<T>;
  /** Time of each part and memory so far, in one line for people. */
  costs(): string;
  end(exit: "finished" | "interrupted" | `failed: ${string}`): Promise<void>;
}

const fileName = "run.json";

/** Writes `run.json` with exit "running". @param folder `results/{exp}` */
export async function startRunRecord(folder: string, beginning: Beginning): Promise<RunRecord> {
  const { engineVersion, ...given } = beginning;
  const seconds: Record<string, number> = {};
  const facts = {
    ...given,
    versions: { poisonspot: programVersion, node: process.version, engine: engineVersion },
    host: {
      system: `${process.platform} ${process.arch}`,
      processor: cpus()[0]?.model.trim() ?? "unknown",
      cpus: availableParallelism(),
      memoryBytes: totalmem(),
    },
    pid: process.pid,
    started: new Date().toISOString(),
  };
  const write = (exit: string, ended: string | null) =>
    writeJsonAtomic(join(folder, fileName), {
      ...facts,
      ended,
      seconds,
      peakMemoryBytes: peakMemory(),
      exit,
    });
  await write("running", null);
  const { versions, host } = facts;
  return {
    description:
      `poisonspot ${versions.poisonspot}, node ${versions.node}, ${host.system}, ${host.processor}, ` +
      `${host.cpus} cores, ${formatBytes(host.memoryBytes)} of memory`,
    async time(part, work) {
      const begin = performance.now();
      try {
        return await work();
      } finally {
        seconds[part] = Math.round(performance.now() - begin) / 1000;
      }
    },
    costs() {
      const times = Object.entries(seconds).map(([part, time]) => `${part} ${formatDuration(time)}`);
      return `time: ${times.join(", ")}; peak memory ${formatBytes(peakMemory())}`;
    },
    end: (exit) => write(exit, new Date().toISOString()),
  };
}

/** The system counts kilobytes. */
const peakMemory = (): number => process.resourceUsage().maxRSS * 1024;

/** The latest run's record. @returns undefined when there is none, or none that can be read */
export async function readRunRecord(folder: string): Promise<RunFacts | undefined> {
  return schema.safeParse(await readJson(join(folder, fileName)).catch(() => undefined)).data;
}

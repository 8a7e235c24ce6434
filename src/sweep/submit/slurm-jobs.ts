import { join } from "node:path";
import { writeFileAtomic } from "../../files/atomic-file.js";
import { readRegularFile } from "../../files/regular-file.js";
import { formatCount } from "../../format.js";
import { queuedElements } from "./slurm-commands.js";

const jobsFile = (sweep: string): string => join(sweep, "slurm", "jobs.txt");
const maxBytes = 1_000_000;

/** The numbers of the jobs that were submitted for a sweep, oldest first. */
export async function readJobs(sweep: string): Promise<string[]> {
  const text = await readRegularFile(jobsFile(sweep), maxBytes).catch(() => "");
  return text
    .toString()
    .split("\n")
    .filter((line) => /^\d+$/.test(line));
}

export const writeJobs = (sweep: string, jobs: readonly string[]): Promise<void> =>
  writeFileAtomic(jobsFile(sweep), jobs.map((job) => `${job}\n`).join(""));

/** What Slurm says of a sweep's jobs, in one line; undefined where it says nothing. */
export async function describeQueue(jobs: readonly string[]): Promise<string | undefined> {
  const counts = await queuedElements(jobs);
  if (counts === undefined || counts.size === 0) return undefined;
  const parts = [...counts].map(([state, count]) => `${formatCount(count)} ${state.toLowerCase()}`);
  return `Slurm has ${parts.join(", ")}`;
}

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { RunError } from "../../errors.js";

const run = promisify(execFile);

/** Slurm's own default. */
const usualMaxArraySize = 1001;

/** The largest job array that Slurm takes here; its default where Slurm is not there to be asked. */
export async function maxArraySize(): Promise<number> {
  const config = await run("scontrol", ["show", "config"]).catch(() => undefined);
  const [, size] = /^MaxArraySize\s*=\s*(\d+)/m.exec(config?.stdout ?? "") ?? [];
  return size === undefined ? usualMaxArraySize : Number(size);
}

/**
 * Submits an array.
 * @param after the job that has to end first, however it ends
 * @returns the job's number
 * @throws RunError with what Slurm says
 */
export async function submitArray(sweep: string, script: string, after: string | undefined): Promise<string> {
  const dependency = after === undefined ? [] : [`--dependency=afterany:${after}`];
  const { stdout } = await run("sbatch", ["--parsable", ...dependency, script], { cwd: sweep }).catch(
    (cause: NodeJS.ErrnoException & { stderr?: string }) => {
      const reason = cause.code === "ENOENT" ? "there is no sbatch on this machine" : cause.stderr?.trim();
      throw new RunError(
        `Slurm did not take ${script}: ${reason ?? cause.message}.`,
        "Change the options of sbatch after --, or edit the file and submit it yourself.",
        { cause },
      );
    },
  );
  return stdout.trim().split(";")[0];
}

/** How many elements of some jobs are in which of Slurm's states; undefined where Slurm does not say. */
export async function queuedElements(
  jobs: readonly string[],
): Promise<ReadonlyMap<string, number> | undefined> {
  if (jobs.length === 0) return undefined;
  const args = ["--array", "--noheader", "--format=%T", `--jobs=${jobs.join(",")}`];
  const answer = await run("squeue", args, { timeout: 10_000 }).catch(() => undefined);
  if (answer === undefined) return undefined;
  const counts = new Map<string, number>();
  for (const state of answer.stdout.split("\n").filter((line) => line !== "")) {
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

/** Has Slurm queue an element again that runs. @throws RunError with what Slurm says */
export async function requeue(element: string): Promise<void> {
  await run("scontrol", ["requeue", element]).catch((cause: NodeJS.ErrnoException & { stderr?: string }) => {
    const reason = cause.stderr?.trim() || cause.message;
    throw new RunError(`Slurm does not queue ${element} again: ${reason}.`, "Submit the sweep again.", {
      cause,
    });
  });
}

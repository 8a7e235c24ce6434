import { realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError } from "../errors.js";
import { writeFileAtomic } from "../files/atomic-file.js";
import { makeFolder } from "../files/make-folder.js";
import { formatCount } from "../format.js";
import { cellListOf, readCells } from "../sweep/cell-list.js";
import { kubernetesFiles } from "../sweep/submit/kubernetes.js";
import { parallelScript } from "../sweep/submit/parallel.js";
import type { Submission, SubmissionFile } from "../sweep/submit/script.js";
import { slurmArrays } from "../sweep/submit/slurm.js";
import { maxArraySize, submitArray } from "../sweep/submit/slurm-commands.js";
import { describeQueue, readJobs, writeJobs } from "../sweep/submit/slurm-jobs.js";
import { sweepStatus } from "../sweep/sweep-status.js";
import { countOf } from "./count-option.js";
import type { SubmitOptions } from "./sweep-command.js";

/**
 * Writes what a scheduler needs to run the cells that are neither done nor running, and has Slurm run them.
 * @param words options of sbatch or of parallel
 * @returns lines for people
 */
export async function submitSweep(
  sweep: string,
  words: readonly string[],
  options: SubmitOptions,
): Promise<string[]> {
  const cells = await readCells(cellListOf(sweep));
  const skipped = ["done", "running", "impossible", ...(options.skipFailed ? ["failed"] : [])];
  const open = (await sweepStatus(sweep, cells)).filter(({ condition }) => !skipped.includes(condition));
  const summary = `${formatCount(open.length)} of ${formatCount(cells.length)} cells are to be run`;
  if (open.length === 0) return [summary];
  const submission: Submission = {
    sweep: resolve(sweep),
    program: [process.execPath, realpathSync(process.argv[1])],
    indexes: open.map(({ index }) => index),
    throttle: throttleOf(options.throttle),
  };
  switch (options.on) {
    case "slurm":
      return [summary, ...(await onSlurm(sweep, submission, words, options.dryRun === true))];
    case "kubernetes": {
      if (words.length > 0)
        throw new UserError("Kubernetes takes no options after --.", "Edit the file that is written.");
      const { image, claim } = options;
      const choice = { image, claim, gpus: countOf("--gpus", options.gpus) };
      // In an image it lies where the image has it.
      const inImage = { ...submission, program: ["poisonspot"] };
      const written = await write(sweep, kubernetesFiles(inImage, choice));
      return [summary, written, `next: kubectl create -f ${join(sweep, "kubernetes", "job.yaml")}`];
    }
    case "parallel": {
      const written = await write(sweep, [parallelScript(submission, cells.length, words)]);
      return [summary, written, `next: sh ${join(sweep, "parallel.sh")}`];
    }
  }
}

async function onSlurm(
  sweep: string,
  submission: Submission,
  words: readonly string[],
  isDryRun: boolean,
): Promise<string[]> {
  const arrays = slurmArrays(submission, await maxArraySize(), words);
  const written = await write(
    sweep,
    arrays.flatMap(({ script, indexes }) => [script, ...(indexes ? [indexes] : [])]),
  );
  // Slurm makes no folders for logs.
  await makeFolder(join(sweep, "logs"));
  if (isDryRun) {
    return [written, ...arrays.map(({ script }) => `next: sbatch ${join(sweep, script.path)}`)];
  }
  const before = await readJobs(sweep);
  const queue = await describeQueue(before);
  const jobs: string[] = [];
  for (const { script } of arrays) {
    // With a throttle one array runs after the other: each has its own.
    const after = submission.throttle === undefined ? undefined : jobs.at(-1);
    jobs.push(await submitArray(submission.sweep, script.path, after));
    await writeJobs(sweep, [...before, ...jobs]);
  }
  const twice =
    queue === undefined ? [] : [`${queue}; a cell that is done or running when its turn comes is left alone`];
  return [written, ...twice, `submitted: ${jobs.length === 1 ? "job" : "jobs"} ${jobs.join(", ")}`];
}

async function write(sweep: string, files: readonly SubmissionFile[]): Promise<string> {
  for (const { path, text } of files) await writeFileAtomic(join(sweep, path), text);
  return `written: ${files.map(({ path }) => join(sweep, path)).join(", ")}`;
}

const throttleOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : countOf("--throttle", text, { min: 1 });

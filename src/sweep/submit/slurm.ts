import { cellCommand, type Submission, type SubmissionFile, shellWord } from "./script.js";

/** A job array. */
export interface SlurmArray {
  readonly script: SubmissionFile;
  /** Of a sweep of several arrays: a line for every element, the cell's index. */
  readonly indexes: SubmissionFile | undefined;
  readonly elements: number;
}

/** Seconds before its time limit at which a cell is told to save. */
const warningSeconds = 120;
/** Times that a cell whose time is up is queued again. */
const maxRequeues = 100;

/**
 * Job arrays of the cells that are to be run.
 * @param maxArraySize Slurm's: an element's number stays below
 * @param options of sbatch, which count for more than ours
 */
export function slurmArrays(
  submission: Submission,
  maxArraySize: number,
  options: readonly string[],
): SlurmArray[] {
  const { indexes } = submission;
  if ((indexes.at(-1) ?? 0) < maxArraySize) {
    const index = '"$SLURM_ARRAY_TASK_ID"';
    const script = sbatchFile("array", submission, { elements: ranges(indexes), index, options });
    return [{ script, indexes: undefined, elements: indexes.length }];
  }
  const count = Math.ceil(indexes.length / maxArraySize);
  return Array.from({ length: count }, (_, i) => {
    const own = indexes.slice(i * maxArraySize, (i + 1) * maxArraySize);
    const path = `slurm/indexes-${i + 1}.txt`;
    // An element's number is the cell's line in the file, from 0.
    const index = `"$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${path})"`;
    const elements = own.length === 1 ? "0" : `0-${own.length - 1}`;
    return {
      script: sbatchFile(`array-${i + 1}`, submission, { elements, index, options }),
      indexes: { path, text: own.map((line) => `${line}\n`).join("") },
      elements: own.length,
    };
  });
}

function sbatchFile(
  name: string,
  submission: Submission,
  { elements, index, options }: { elements: string; index: string; options: readonly string[] },
): SubmissionFile {
  const throttle = submission.throttle === undefined ? "" : `%${submission.throttle}`;
  const path = `slurm/${name}.sbatch`;
  const lines = [
    "#!/bin/bash",
    `# Runs the cells of a sweep that are not done. Edit it as you like, then: sbatch ${path}`,
    "# `poisonspot sweep submit` writes it anew.",
    "#SBATCH --job-name=poisonspot",
    `#SBATCH --chdir=${shellWord(submission.sweep)}`,
    `#SBATCH --array=${elements}${throttle}`,
    "#SBATCH --output=logs/%A_%a.log",
    "# A cell that Slurm stops and starts again goes on where it was, and writes on in its log.",
    "#SBATCH --open-mode=append",
    "#SBATCH --requeue",
    `# ${warningSeconds} s before its time is up a cell saves and has itself queued again. Not USR1, at which Node opens a port.`,
    `#SBATCH --signal=B:USR2@${warningSeconds}`,
    ...options.map((option) => `#SBATCH ${option}`),
    "",
    "# exec: signals are to reach the cell, not this shell.",
    `exec ${cellCommand(submission)} ${index} --requeue ${maxRequeues}`,
  ];
  return { path, text: `${lines.join("\n")}\n` };
}

/** "0-3,7" for 0, 1, 2, 3, 7. @param ascending without repeats */
function ranges(ascending: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const value of ascending) {
    const last = runs.at(-1);
    if (last && last[1] + 1 === value) last[1] = value;
    else runs.push([value, value]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

import { cellCommand, type Submission, type SubmissionFile, shellWord } from "./script.js";

/** Time that a stopped cell has to save, in milliseconds. */
const graceMs = 120_000;

/**
 * A script for GNU parallel. It names all cells, for parallel's own log goes by their order; those that are done say so at once.
 * @param options of parallel, e.g. `--sshlogin`
 */
export function parallelScript(
  submission: Submission,
  numCells: number,
  options: readonly string[],
): SubmissionFile {
  const { sweep, throttle } = submission;
  const flags = [
    `--jobs ${throttle ?? 1}`,
    "--joblog parallel.joblog --resume-failed --retries 3",
    `--termseq TERM,${graceMs},KILL,25`,
    "--line-buffer --tagstring {}",
    `--workdir ${shellWord(sweep)}`,
    ...(options.length > 0 ? [options.map(shellWord).join(" ")] : []),
  ];
  const lines = [
    "#!/bin/sh",
    "# Runs the cells of a sweep with GNU parallel; run it again to go on. Edit it as you like.",
    "# `poisonspot sweep submit` writes it anew.",
    `cd ${shellWord(sweep)} || exit 1`,
    `exec parallel ${flags.join(" \\\n  ")} \\`,
    `  ${shellWord(`${cellCommand(submission)} {}`)} ::: $(seq 0 ${numCells - 1})`,
  ];
  return { path: "parallel.sh", text: `${lines.join("\n")}\n` };
}

import { runBinTask } from "../forest/binning/bin-task.js";
import { runGrowTask } from "../forest/growing/grow-task.js";
import { runVoteTask } from "../forest/voting/vote-task.js";
import { runSvmTask } from "../kernel-svm/task.js";

/** What a thread can be asked to do, by the task's `kind`. */
const tasks = { bin: runBinTask, grow: runGrowTask, vote: runVoteTask, svm: runSvmTask } as const;

/** Something for a thread to do. */
export type Task = Parameters<(typeof tasks)[keyof typeof tasks]>[0];

/** What it answers. */
export type ResultOf<T extends Task> = ReturnType<(typeof tasks)[T["kind"]]>;

/** Does what the task asks for. */
export function runTask(task: Task): ResultOf<Task> {
  // That a task's kind picks the function for it is more than the compiler can follow.
  const run = tasks[task.kind] as (task: Task) => ResultOf<Task>;
  return run(task);
}

import {
  type BinResult,
  type BinTask,
  type GrowResult,
  type GrowTask,
  runBinTask,
  runGrowTask,
} from "../forest/forest-tasks.js";
import { runSvmTask, type SvmResult, type SvmTask } from "../kernel-svm/task.js";

/** What a thread can be asked to do. */
export type Task = BinTask | GrowTask | SvmTask;

export type ResultOf<T extends Task> = T extends BinTask
  ? BinResult
  : T extends GrowTask
    ? GrowResult
    : SvmResult;

export function runTask(task: Task): ResultOf<Task> {
  switch (task.kind) {
    case "bin":
      return runBinTask(task);
    case "grow":
      return runGrowTask(task);
    case "svm":
      return runSvmTask(task);
  }
}

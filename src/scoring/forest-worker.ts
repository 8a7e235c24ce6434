import { parentPort } from "node:worker_threads";
import { type BinTask, type GrowTask, runBinTask, runGrowTask } from "./forest-tasks.js";

// The thread's whole life: take a task, answer with its result. An exception ends the thread and reaches the pool.
parentPort?.on("message", (task: BinTask | GrowTask) => {
  parentPort?.postMessage(task.kind === "bin" ? runBinTask(task) : runGrowTask(task));
});

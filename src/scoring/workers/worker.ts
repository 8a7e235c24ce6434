import { parentPort } from "node:worker_threads";
import { runTask, type Task } from "./tasks.js";

// The thread's whole life: take a task, answer with its result. An exception ends the thread and reaches the pool.
parentPort?.on("message", (task: Task) => {
  parentPort?.postMessage(runTask(task));
});

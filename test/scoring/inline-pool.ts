import type { WorkerPool } from "../../src/scoring/workers/pool.js";
import { type ResultOf, runTask, type Task } from "../../src/scoring/workers/tasks.js";

/** Runs every task at once, in the order in which so many threads would take them. */
export const inlinePool = (threads: number): WorkerPool => ({
  threads,
  async map<T extends Task>(count: number, makeTask: (index: number, thread: number) => T, atMost = threads) {
    return Array.from(
      { length: count },
      (_, index) => runTask(makeTask(index, index % atMost)) as ResultOf<T>,
    );
  },
  async close() {},
});

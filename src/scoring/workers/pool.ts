import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { ResultOf, Task } from "./tasks.js";

/** Threads for work that would keep the main one from answering. Idle threads do not keep the process alive; `close` ends them. */
export interface WorkerPool {
  readonly threads: number;
  /**
   * Runs `count` tasks, each made when a thread is free for it. Several calls at once share the threads.
   * @param makeTask (task number, number of the free thread in [0, threads)); called in the order of the tasks
   * @param atMost threads to use, those with the lowest numbers; all of them by default
   * @returns the results in the order of the tasks
   * @throws the error of the first task that failed
   */
  map<T extends Task>(
    count: number,
    makeTask: (index: number, thread: number) => T,
    atMost?: number,
  ): Promise<ResultOf<T>[]>;
  close(): Promise<void>;
}

/** @param threads default: as many as the machine runs at once */
export function openWorkerPool(threads: number = availableParallelism()): WorkerPool {
  const workers: Worker[] = [];
  const workerAt = (thread: number): Worker => {
    workers[thread] ??= startWorker();
    return workers[thread];
  };
  const turns = openTurns(threads);
  return {
    threads,
    async map<T extends Task>(
      count: number,
      makeTask: (index: number, thread: number) => T,
      atMost = threads,
    ): Promise<ResultOf<T>[]> {
      const results: ResultOf<T>[] = new Array(count);
      let next = 0;
      const runNext = async (thread: number): Promise<void> => {
        if (next >= count) return;
        const index = next++;
        try {
          results[index] = await runOn(workerAt(thread), makeTask(index, thread));
        } catch (error) {
          next = count;
          throw error;
        }
      };
      const serve = async (): Promise<void> => {
        while (next < count) await turns.take(atMost, runNext);
      };
      const served = Array.from({ length: Math.min(threads, atMost, count) }, serve);
      for (const outcome of await Promise.allSettled(served)) {
        if (outcome.status === "rejected") throw outcome.reason;
      }
      return results;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** Hands out threads: first come, first served, the lowest number first, so that no thread is started without need. */
function openTurns(threads: number) {
  const isFree = new Array<boolean>(threads).fill(true);
  const waiting: { readonly atMost: number; readonly start: (thread: number) => void }[] = [];
  const serve = (): void => {
    for (let place = 0; place < waiting.length; ) {
      const { atMost, start } = waiting[place];
      const thread = isFree.indexOf(true);
      if (thread >= 0 && thread < atMost) {
        isFree[thread] = false;
        waiting.splice(place, 1);
        start(thread);
      } else place++;
    }
  };
  return {
    /** Waits for one of the first `atMost` threads, and does the work on it. */
    async take(atMost: number, work: (thread: number) => Promise<void>): Promise<void> {
      const thread = await new Promise<number>((start) => {
        waiting.push({ atMost, start });
        serve();
      });
      try {
        await work(thread);
      } finally {
        isFree[thread] = true;
        serve();
      }
    },
  };
}

/** From dist/ the worker is plain JavaScript; from src/ (tests, tsx) it first registers a TypeScript loader. */
function startWorker(): Worker {
  const worker = import.meta.url.endsWith(".ts")
    ? startFromSource(new URL("./worker.ts", import.meta.url))
    : new Worker(new URL("./worker.js", import.meta.url), { execArgv: [] });
  worker.unref();
  return worker;
}

/** A thread's own entry may not be TypeScript, with or without `--import tsx` (Node 20): a line of JavaScript leads in. */
function startFromSource(entry: URL): Worker {
  const loader = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const lead = `import(${loader}).then(({ register }) => { register(); import(${JSON.stringify(entry.href)}); });`;
  return new Worker(lead, { eval: true, execArgv: [] });
}

/** Hands one task to an idle worker, which keeps the process alive until it has answered. */
function runOn<T extends Task>(worker: Worker, task: T): Promise<ResultOf<T>> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      worker.unref();
      finish();
    };
    const onMessage = (result: ResultOf<T>): void => settle(() => resolve(result));
    const onError = (error: Error): void => settle(() => reject(error));
    const onExit = (code: number): void =>
      settle(() => reject(new Error(`A scoring worker ended with code ${code} before it answered.`)));
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.ref();
    worker.postMessage(task);
  });
}

import { expect, test } from "vitest";
import type { KernelTable } from "../../../src/scoring/kernel-svm/kernel-table.js";
import type { SvmTask } from "../../../src/scoring/kernel-svm/task.js";
import { openWorkerPool } from "../../../src/scoring/workers/pool.js";
import { runTask } from "../../../src/scoring/workers/tasks.js";

test("an error in a thread reaches the caller", async () => {
  const pool = openWorkerPool(1);
  try {
    const wrong = { kind: "bin", numColumns: 1 };
    await expect(pool.map(1, () => wrong as never)).rejects.toThrow(TypeError);
  } finally {
    await pool.close();
  }
});

/** Rows that only know themselves: a small task whose result tells its cost. */
const kernel: KernelTable = { size: 4, values: new Float32Array(new SharedArrayBuffer(64)) };
for (let row = 0; row < 4; row++) kernel.values[5 * row] = 1;
const task = (cost: number): SvmTask => ({
  ...{ kind: "svm", kernel, cost, tolerance: 1e-3 },
  trainRows: Int32Array.of(0, 1, 2),
  trainLabels: Uint8Array.of(0, 0, 1),
  predictRows: Int32Array.of(0, 1, 2, 3),
});

test("several calls at once share the threads, each with its own results, in order", async () => {
  const pool = openWorkerPool(2);
  const threads: number[] = [];
  const call = (first: number, atMost?: number) =>
    pool.map(
      5,
      (index, thread) => {
        threads.push(thread);
        return task((first + index) / 20);
      },
      atMost,
    );
  try {
    const results = await Promise.all([call(1), call(6), call(11, 1)]);
    expect(results.flat()).toEqual(Array.from({ length: 15 }, (_, i) => runTask(task((i + 1) / 20))));
    expect(new Set(threads)).toEqual(new Set([0, 1]));
  } finally {
    await pool.close();
  }
});

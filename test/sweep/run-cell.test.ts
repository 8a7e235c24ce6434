import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Cell, cellPaths } from "../../src/sweep/cell.js";
import { beginning, readState, writeState } from "../../src/sweep/cell-state.js";
import { planCells } from "../../src/sweep/plan-cells.js";
import { CellBusy, type Ending, runCell } from "../../src/sweep/run-cell.js";
import { sweepStatus } from "../../src/sweep/sweep-status.js";
import { writeForeignLock } from "../files/lock-files.js";
import { temporaryFolder } from "../store/temporary-folder.js";

/** A sweep of one cell whose run is whatever a test makes it. */
async function oneCell(stages: ("poisoned_training" | "retrain")[] = ["poisoned_training"]) {
  const sweep = await temporaryFolder();
  const [cell] = planCells({ flags: {}, stages }, { scale: "full" }, { working: sweep, sweep });
  const condition = async (of: Cell = cell) => (await sweepStatus(sweep, [of]))[0];
  return { sweep, cell, condition };
}
const failed = (error: unknown): Ending => ({ state: "failed", reason: String(error) });
const nothing = async () => {};

test("a cell waits, runs, is done, and is not run again", async () => {
  const { sweep, cell, condition } = await oneCell();
  expect(await condition()).toMatchObject({ condition: "waiting", state: undefined });
  let runs = 0;
  const run = async () => {
    runs++;
    expect(await condition()).toMatchObject({
      condition: "running",
      state: { attempts: 1, pid: process.pid },
      runner: expect.stringContaining(`process ${process.pid} on `),
    });
  };
  expect(await runCell(sweep, cell, run, failed)).toEqual({ wasDone: false });
  expect(await condition()).toMatchObject({ condition: "done", state: { ended: expect.any(String) } });
  expect(await runCell(sweep, cell, run, failed)).toEqual({ wasDone: true });
  expect(runs).toBe(1);
});

test("what went wrong stays to be read; the next attempt counts on", async () => {
  const { sweep, cell, condition } = await oneCell();
  const fail = () => Promise.reject(new Error("no memory"));
  await expect(runCell(sweep, cell, fail, failed)).rejects.toThrow("no memory");
  expect(await condition()).toMatchObject({ condition: "failed", state: { reason: "Error: no memory" } });
  const stop = () => Promise.reject(new Error("SIGTERM"));
  await expect(runCell(sweep, cell, stop, () => ({ state: "stopped" }))).rejects.toThrow("SIGTERM");
  expect(await condition()).toMatchObject({ condition: "stopped", state: { attempts: 2 } });
  await runCell(sweep, cell, nothing, failed);
  const { condition: now, state } = await condition();
  expect([now, state?.attempts, state?.reason]).toEqual(["done", 3, undefined]);
});

test("a cell that is being run is busy, for another process and for the same", async () => {
  const { sweep, cell } = await oneCell();
  await runCell(
    sweep,
    cell,
    async () => {
      await expect(runCell(sweep, cell, nothing, failed)).rejects.toThrow(CellBusy);
      expect((await readState(cellPaths(cell, sweep).state))?.attempts).toBe(1);
    },
    failed,
  );
});

test("a cell whose process was killed is dead, and another one takes it over", async () => {
  const { sweep, cell, condition } = await oneCell();
  const child = fileURLToPath(new URL("run-cell-child.ts", import.meta.url));
  const args = ["--import", import.meta.resolve("tsx"), child, sweep, JSON.stringify(cell)];
  const process = spawn(globalThis.process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(process.stdout, "data");
  expect(await condition()).toMatchObject({ condition: "running", state: { pid: process.pid } });
  process.kill("SIGKILL");
  await once(process, "exit");
  expect(await condition()).toMatchObject({ condition: "dead", state: { pid: process.pid } });
  await runCell(sweep, cell, nothing, failed);
  expect(await condition()).toMatchObject({ condition: "done", state: { attempts: 2 } });
});

test("an element that Slurm has started again waits for the lock of its dead node; others find the cell busy", async () => {
  const { sweep, cell } = await oneCell();
  for (const [name, value] of [
    ["SLURM_ARRAY_JOB_ID", "7"],
    ["SLURM_ARRAY_TASK_ID", "0"],
    ["SLURM_RESTART_COUNT", "1"],
  ])
    vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { lock, state } = cellPaths(cell, sweep);
  await writeState(state, beginning(undefined, []));
  vi.stubEnv("SLURM_ARRAY_JOB_ID", "8");
  await writeForeignLock(lock, 200);
  await expect(runCell(sweep, cell, nothing, failed)).rejects.toThrow(CellBusy);
  await writeForeignLock(lock, 299);
  vi.stubEnv("SLURM_ARRAY_JOB_ID", "7");
  expect(await runCell(sweep, cell, nothing, failed)).toEqual({ wasDone: false });
});

test("a cell that is to run more than it did waits again; fewer stages are done", async () => {
  const { sweep, cell, condition } = await oneCell();
  await runCell(sweep, cell, nothing, failed);
  const more: Cell = { ...cell, flags: { ...cell.flags, retrain: true } };
  expect(await condition(more)).toMatchObject({ condition: "waiting" });
  expect(await runCell(sweep, more, nothing, failed)).toEqual({ wasDone: false });
  expect(await condition()).toMatchObject({ condition: "done" });
});

test("a state that cannot be read is none", async () => {
  const { sweep, cell, condition } = await oneCell();
  await runCell(sweep, cell, nothing, failed);
  const { state } = cellPaths(cell, sweep);
  const text = await readFile(state, "utf8");
  await writeFile(state, text.slice(0, 40));
  expect(await condition()).toMatchObject({ condition: "waiting" });
  await rm(state);
  expect(await condition()).toMatchObject({ condition: "waiting" });
});

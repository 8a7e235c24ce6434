import { setTimeout } from "node:timers/promises";
import { stageNames } from "../experiment/stage-names.js";
import { silentAfterMs, tryLock } from "../files/lock.js";
import { type Cell, cellPaths } from "./cell.js";
import { beginning, type CellState, readState, writeState } from "./cell-state.js";
import { ownElement } from "./submit/slurm-element.js";

/** Another process runs the cell. */
export class CellBusy extends Error {
  override readonly name = "CellBusy";
}

/** How a run ended that did not come to its end. */
export type Ending = Pick<CellState, "reason"> & { readonly state: "failed" | "stopped" };

/**
 * Runs a cell unless it is done, and leaves its state.
 * @param endingOf what an error that `run` throws means for the cell
 * @returns whether it had been done before
 * @throws CellBusy; whatever `run` throws
 */
export async function runCell(
  sweep: string,
  cell: Cell,
  run: () => Promise<void>,
  endingOf: (error: unknown) => Ending,
): Promise<{ readonly wasDone: boolean }> {
  const paths = cellPaths(cell, sweep);
  const giveBack = await lockOf(paths);
  try {
    const before = await readState(paths.state);
    if (isDone(cell, before)) return { wasDone: true };
    const state = beginning(before, stagesOf(cell));
    await writeState(paths.state, state);
    const end = (ending: Pick<CellState, "state" | "reason">) =>
      writeState(paths.state, { ...state, ...ending, ended: new Date().toISOString() });
    try {
      await run();
    } catch (error) {
      // Why it ended counts for more than its record; a cell without one goes on when it is run again.
      await end(endingOf(error)).catch(() => {});
      throw error;
    }
    await end({ state: "done" });
    return { wasDone: false };
  } finally {
    await giveBack();
  }
}

/** Milliseconds between two looks at a lock that will be free. */
const pauseMs = 1000;

/** @throws CellBusy */
async function lockOf({ lock, state }: ReturnType<typeof cellPaths>): Promise<() => Promise<void>> {
  const end = Date.now() + ((await isOursFromBefore(state)) ? 1.2 * silentAfterMs : 0);
  for (;;) {
    const taken = await tryLock(lock);
    if (typeof taken === "function") return taken;
    if (Date.now() >= end) throw new CellBusy(`another process runs the cell: ${taken}`);
    await setTimeout(pauseMs);
  }
}

/**
 * Whether the latest attempt was of the array element that this process is. Slurm has ended it before it started the element
 * again, perhaps with its node, whose lock looks alive for some minutes.
 */
async function isOursFromBefore(state: string): Promise<boolean> {
  const element = ownElement();
  return element !== undefined && element.restarts > 0 && (await readState(state))?.job === element.name;
}

/** Whether all that a cell is to run is done; a grid may ask for more stages later. */
export const isDone = (cell: Cell, state: CellState | undefined): boolean =>
  state?.state === "done" && stagesOf(cell).every((stage) => state.stages.includes(stage));

const stagesOf = ({ flags }: Cell): string[] => stageNames.filter((stage) => flags[stage] === true);

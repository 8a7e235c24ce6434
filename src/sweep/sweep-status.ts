import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { lockHolder } from "../files/lock.js";
import { mapConcurrently } from "../files/map-concurrently.js";
import { type Cell, cellPaths } from "./cell.js";
import { type CellState, readState } from "./cell-state.js";
import { isDone } from "./run-cell.js";

/** dead: its process is no more, and left no word; such a cell goes on where it was when it is run again. */
export type CellCondition = "done" | "running" | "dead" | "failed" | "stopped" | "waiting" | "impossible";

/** A cell and how it is. */
export interface CellStatus {
  readonly cell: Cell;
  /** Its line in the list, from 0. */
  readonly index: number;
  readonly condition: CellCondition;
  readonly state: CellState | undefined;
  /** The living process that runs it. */
  readonly runner: string | undefined;
}

/** State files read at a time. */
const readers = 64;

/** How every cell is: one listing of their folder, and the state of those that have begun. */
export async function sweepStatus(sweep: string, cells: readonly Cell[]): Promise<CellStatus[]> {
  const begun = new Set(await readdir(join(sweep, "cells")).catch(() => []));
  const indexed = cells.map((cell, index) => ({ cell, index }));
  return mapConcurrently(indexed, readers, async ({ cell, index }) => {
    if (cell.impossible !== undefined) {
      return { cell, index, condition: "impossible", state: undefined, runner: undefined };
    }
    if (!begun.has(cell.id))
      return { cell, index, condition: "waiting", state: undefined, runner: undefined };
    return { cell, index, ...(await conditionOf(sweep, cell)) };
  });
}

async function conditionOf(
  sweep: string,
  cell: Cell,
): Promise<Pick<CellStatus, "condition" | "state" | "runner">> {
  const paths = cellPaths(cell, sweep);
  const state = await readState(paths.state);
  if (state?.state !== "running")
    return { condition: restingCondition(cell, state), state, runner: undefined };
  const runner = await lockHolder(paths.lock);
  if (runner) return { condition: "running", state, runner };
  // It may have ended between the two looks.
  const now = await readState(paths.state);
  const condition = now?.state === "running" ? "dead" : restingCondition(cell, now);
  return { condition, state: now, runner: undefined };
}

function restingCondition(cell: Cell, state: CellState | undefined): CellCondition {
  if (state === undefined || state.state === "running") return "waiting";
  return state.state === "done" && !isDone(cell, state) ? "waiting" : state.state;
}

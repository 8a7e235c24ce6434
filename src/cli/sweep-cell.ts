import { basename, dirname } from "node:path";
import { UserError } from "../errors.js";
import { configOfCell, nameOf } from "../sweep/cell.js";
import { readCells } from "../sweep/cell-list.js";
import { CellBusy, type Ending, runCell } from "../sweep/run-cell.js";
import { describeFailure } from "./failure.js";
import { Interrupted, TryAgain } from "./interrupts.js";
import { executeRun } from "./run-command.js";

/**
 * Runs a cell of a list, whose folder becomes the working folder.
 * @throws TryAgain when it was stopped, or another process runs it
 */
export async function runCellOf(list: string, index: string): Promise<void> {
  const cells = await readCells(list);
  const cell = /^\d+$/.test(index) ? cells[Number(index)] : undefined;
  if (cell === undefined) {
    throw new UserError(
      `--index: got "${index}"; accepted: a whole number from 0 to ${cells.length - 1}.`,
      `${list} has ${cells.length} ${cells.length === 1 ? "cell" : "cells"}.`,
    );
  }
  const name = `cell ${index} of ${basename(list)}: ${nameOf(cell)}`;
  if (cell.impossible !== undefined) {
    throw new UserError(`${name} cannot be run: ${cell.impossible}.`, "Leave it out.");
  }
  process.chdir(dirname(list));
  console.log(name);
  try {
    const { wasDone } = await runCell(".", cell, () => executeRun(configOfCell(cell)), endingOf);
    if (wasDone) console.log("done already");
  } catch (error) {
    if (error instanceof CellBusy) throw new TryAgain(error.message);
    if (error instanceof Interrupted) throw new TryAgain(`${error.message}: run the cell again to go on`);
    throw error;
  }
}

function endingOf(error: unknown): Ending {
  if (error instanceof Interrupted) return { state: "stopped", reason: error.message };
  const [first] = describeFailure(error).text.split("\n");
  return { state: "failed", reason: first.replace(/^error: /, "") };
}

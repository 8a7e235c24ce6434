import { basename, dirname } from "node:path";
import { UserError } from "../errors.js";
import { configOfCell, nameOf } from "../sweep/cell.js";
import { readCells } from "../sweep/cell-list.js";
import { CellBusy, type Ending, runCell } from "../sweep/run-cell.js";
import { requeue } from "../sweep/submit/slurm-commands.js";
import { ownElement } from "../sweep/submit/slurm-element.js";
import { countOf } from "./count-option.js";
import { describeFailure } from "./failure.js";
import { Interrupted, TryAgain } from "./interrupts.js";
import { executeRun } from "./run-command.js";

/**
 * Runs a cell of a list, whose folder becomes the working folder.
 * @param requeues times that Slurm is asked to queue it again when its time is up
 * @throws TryAgain when it was stopped, or another process runs it
 */
export async function runCellOf(list: string, index: string, requeues: string | undefined): Promise<void> {
  const cells = await readCells(list);
  const number = countOf("--index", index, {
    max: cells.length - 1,
    hint: `${list} has ${cells.length} ${cells.length === 1 ? "cell" : "cells"}.`,
  });
  const limit = requeues === undefined ? 0 : countOf("--requeue", requeues);
  const cell = cells[number];
  const name = `cell ${number} of ${basename(list)}: ${nameOf(cell)}`;
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
    if (error instanceof Interrupted) {
      if (error.signalName === "SIGUSR2") await requeueElement(limit);
      throw new TryAgain(`${error.message}: run the cell again to go on`);
    }
    throw error;
  }
}

/** Slurm asks by SIGUSR2 shortly before the time is up, and then ends the job unless it is queued again. */
async function requeueElement(limit: number): Promise<void> {
  const element = ownElement();
  if (element !== undefined && element.restarts < limit) await requeue(element.name);
}

function endingOf(error: unknown): Ending {
  if (error instanceof Interrupted) return { state: "stopped", reason: error.message };
  const [first] = describeFailure(error).text.split("\n");
  return { state: "failed", reason: first.replace(/^error: /, "") };
}

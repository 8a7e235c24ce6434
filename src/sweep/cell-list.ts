import { join } from "node:path";
import { writeFileAtomic } from "../files/atomic-file.js";
import { readJsonLines } from "../files/json-lines.js";
import { type Cell, cellSchema } from "./cell.js";

/** The list of all cells of a sweep. */
export const cellListOf = (sweep: string): string => join(sweep, "cells.jsonl");

/** A hundred thousand cells. */
const maxListBytes = 200_000_000;

/** Writes a list of cells, one a line. */
export const writeCells = (path: string, cells: readonly Cell[]): Promise<void> =>
  writeFileAtomic(path, cells.map((cell) => `${JSON.stringify(cell)}\n`).join(""));

/** @throws UserError when there is no list, or a line of it is no cell */
export const readCells = (path: string): Promise<Cell[]> =>
  readJsonLines(path, (value) => cellSchema.parse(value), {
    expected: "a cell",
    hint: "`poisonspot sweep plan` writes the list.",
    maxBytes: maxListBytes,
  });

import { join } from "node:path";
import { UserError } from "../errors.js";
import { writeFileAtomic } from "../files/atomic-file.js";
import { parseJson } from "../files/parse-json.js";
import { readRegularFile } from "../files/regular-file.js";
import { type Cell, cellSchema } from "./cell.js";

/** The list of all cells of a sweep. */
export const cellListOf = (sweep: string): string => join(sweep, "cells.jsonl");

/** A hundred thousand cells. */
const maxListBytes = 200_000_000;

/** Writes a list of cells, one a line. */
export const writeCells = (path: string, cells: readonly Cell[]): Promise<void> =>
  writeFileAtomic(path, cells.map((cell) => `${JSON.stringify(cell)}\n`).join(""));

/** @throws UserError when there is no list, or a line of it is no cell */
export async function readCells(path: string): Promise<Cell[]> {
  const text = await readRegularFile(path, maxListBytes).catch((cause: unknown) => {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`There is no list of cells ${path}.`, "`poisonspot sweep plan` writes one.", {
      cause,
    });
  });
  const lines = text.toString("utf8").replace(/\n$/, "").split("\n");
  return lines.map((line, i) => {
    try {
      return cellSchema.parse(parseJson(line));
    } catch (cause) {
      throw new UserError(
        `${path}, line ${i + 1}, is no cell.`,
        "`poisonspot sweep plan` writes the list anew.",
        { cause },
      );
    }
  });
}

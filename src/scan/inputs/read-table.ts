import { extname } from "node:path";
import { messageOf, UserError } from "../../errors.js";
import { parseJson } from "../../files/parse-json.js";
import { readRegularFile, unreadable } from "../../files/regular-file.js";
import { shownPath } from "../../files/shown-path.js";
import { parseCsv } from "../../store/csv.js";
import { scalarText } from "./labelled.js";

/** Columns that are named of a table that lacks another. */
const mostNamed = 9;

/** @throws UserError where a table lacks a column: what it has */
export function checkColumn(table: Table, column: string, path: string, hint: string): void {
  if (table.columns.includes(column)) return;
  const others = table.columns.slice(0, mostNamed).map((name) => JSON.stringify(name));
  const found = others.length > 0 ? `, but ${others.join(", ")}` : "";
  throw new UserError(`${shownPath(path)} has no column ${column}${found}.`, hint);
}

/** Some two million rows. */
const maxBytes = 256_000_000;

/** Rows of named cells, all of them text. */
export interface Table {
  readonly rows: number;
  readonly columns: readonly string[];
  /** Undefined where there is no such cell, or nothing in it. */
  readonly cell: (row: number, column: string) => string | undefined;
}

/**
 * A table of a CSV file with a first line of column names, or of a file with a JSON object a line (`.jsonl`).
 * @param hint what else the user can do
 * @throws UserError naming the file, and the row that cannot be read
 */
export async function readTable(path: string, hint: string): Promise<Table> {
  const bytes = await readRegularFile(path, maxBytes).catch(unreadable(path, hint));
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  try {
    return extname(path).toLowerCase() === ".jsonl" ? jsonTable(text) : csvTable(text);
  } catch (cause) {
    throw new UserError(`${shownPath(path)} cannot be read: ${messageOf(cause)}.`, hint, { cause });
  }
}

function csvTable(text: string): Table {
  const [columns = [], ...rows] = parseCsv(text).filter((cells) => cells.length > 1 || cells[0] !== "");
  const uneven = rows.findIndex((cells) => cells.length !== columns.length);
  if (uneven >= 0)
    throw new Error(`row ${uneven + 1} has ${rows[uneven].length} cells, not ${columns.length}`);
  const at = new Map(columns.map((name, i) => [name.trim(), i]));
  return {
    rows: rows.length,
    columns: [...at.keys()],
    cell: (row, column) => rows[row][at.get(column) ?? -1] || undefined,
  };
}

function jsonTable(text: string): Table {
  const rows = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, i) => {
      const row = parsed(line, i);
      if (typeof row === "object" && row !== null) return new Map(Object.entries(row));
      throw new Error(`row ${i + 1} is no JSON object`);
    });
  return {
    rows: rows.length,
    columns: [...new Set(rows.flatMap((row) => [...row.keys()]))],
    cell: (row, column) => scalarText(rows[row].get(column)),
  };
}

function parsed(line: string, i: number): unknown {
  try {
    return parseJson(line);
  } catch (cause) {
    throw new Error(`row ${i + 1} is no JSON object`, { cause });
  }
}

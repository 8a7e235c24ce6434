import { extname } from "node:path";
import { messageOf, UserError } from "../errors.js";
import { readRegularFile } from "../files/regular-file.js";
import { parseCsv } from "../store/csv.js";
import { readIndices } from "../store/indices.js";
import { scoreColumns } from "./score-table.js";

const hint =
  "Give a table of scores whose column `excluded` was edited, a .npy of indexes, or a text with an index a line.";

/**
 * The samples that somebody wants left out: of a table of scores those with 1 in the column `excluded`, of a `.npy` or a text
 * with an index a line (`#` begins a comment) all.
 * @param trainSize number of training images
 * @returns int32, ascending rows of the training set
 * @throws UserError when it is none of these, or names what is no training image
 */
export async function readExcludeList(path: string, trainSize: number): Promise<Int32Array> {
  const ids = extname(path) === ".npy" ? [...(await readIndices(path, hint))] : await readText(path);
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= trainSize);
  if (wrong !== undefined) {
    throw new UserError(
      `--exclude_list ${path}: ${wrong} is no training image (there are ${trainSize}, counted from 0).`,
      hint,
    );
  }
  return Int32Array.from(new Set(ids)).sort();
}

async function readText(path: string): Promise<number[]> {
  const refuse = (reason: string, cause?: unknown) =>
    new UserError(`--exclude_list ${path}: ${reason}.`, hint, { cause });
  const bytes = await readRegularFile(path).catch((cause: unknown) => {
    throw cause instanceof UserError ? cause : refuse("it cannot be read", cause);
  });
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  if (!/^[^\n]*,/.test(text)) return listedLines(text);
  try {
    return excludedRows(parseCsv(text));
  } catch (cause) {
    throw refuse(messageOf(cause), cause);
  }
}

const listedLines = (text: string): number[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "")
    .map((line) => (/^\d+$/.test(line) ? Number(line) : Number.NaN));

function excludedRows([header, ...rows]: string[][]): number[] {
  const column = (name: string): number => {
    const found = header.findIndex((title) => title.trim() === name);
    if (found < 0) throw new Error(`its first line has no column "${name}"`);
    return found;
  };
  const [index, excluded] = [column(scoreColumns.index), column(scoreColumns.excluded)];
  return rows
    .filter((row) => row.some((cell) => cell.trim() !== ""))
    .filter((row, i) => isYes(row[excluded] ?? "", i + 2))
    .map((row) => Number(row[index]));
}

/** Spreadsheets write words for what was 0 and 1. */
function isYes(cell: string, line: number): boolean {
  const word = cell.trim().toLowerCase();
  if (["1", "true", "yes", "x"].includes(word)) return true;
  if (["0", "false", "no", ""].includes(word)) return false;
  throw new Error(
    `line ${line} has ${JSON.stringify(cell.slice(0, 40))} in the column "excluded", not 0 or 1`,
  );
}

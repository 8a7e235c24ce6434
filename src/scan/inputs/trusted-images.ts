import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { OnBadImage } from "../../datasets/bad-files.js";
import { UserError } from "../../errors.js";
import { parseJson } from "../../files/parse-json.js";
import { readRegularFile, unreadable } from "../../files/regular-file.js";
import { shownPath } from "../../files/shown-path.js";
import { counted } from "../../format.js";
import type { Run } from "../../run.js";
import { listData } from "./find-layout.js";
import { truthOf } from "./labelled.js";
import type { Listing } from "./listing.js";
import { checkColumn, readTable } from "./read-table.js";

/** The images that are known to be clean. */
interface TrustedImages {
  /** uint8 [N], 1: an item of the data itself */
  readonly marked: Uint8Array;
  /** Others, beside the data. */
  readonly apart: Listing | undefined;
}

/** Some two million names. */
const maxBytes = 256_000_000;

const listHint =
  "A list of trusted images has a line for each: its path below the data's folder, as results.csv names it, or its number from 0.";

/**
 * @param trusted another data set with classes of the same names; or a text file (`.txt`, `.csv` with a column `file_name`) that names images
 * of the data; undefined: the data itself may say it
 * @throws UserError when what is named is not there, or not what the data has
 */
export async function trustedImages(
  trusted: string | undefined,
  data: Listing,
  options: Run & { readonly onBadImage: OnBadImage },
): Promise<TrustedImages> {
  const marked = data.trusted?.slice() ?? new Uint8Array(data.names.length);
  if (trusted === undefined) return { marked, apart: undefined };
  if (/\.(txt|csv|list)$/i.test(trusted)) {
    for (const item of itemsOf(await readNames(trusted), data, trusted)) marked[item] = 1;
    return { marked, apart: undefined };
  }
  const isThere = await stat(trusted).then(
    () => true,
    () => false,
  );
  if (!isThere)
    throw new UserError(
      `There is no ${shownPath(trusted)}, named by --trusted.`,
      "Name a folder with the same classes as the data, or a list (.txt, .csv) of images of the data.",
    );
  const apart = await listData(trusted, options);
  refuseOverlap(data, apart, trusted);
  return { marked, apart };
}

async function readNames(path: string): Promise<string[]> {
  if (/\.csv$/i.test(path)) {
    const hint = "A .csv for --trusted has a column file_name, and may have a column trusted.";
    const table = await readTable(path, hint);
    checkColumn(table, "file_name", path, hint);
    const rows = Array.from({ length: table.rows }, (_, row) => row);
    const wanted = rows.filter((row) => truthOf(table.cell(row, "trusted")) ?? true);
    return wanted.map((row) => table.cell(row, "file_name") ?? "");
  }
  const text = (await readRegularFile(path, maxBytes).catch(unreadable(path, listHint))).toString("utf8");
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  return lines.filter((line) => line !== "").map(unquoted);
}

/** A name that holds line ends stands in lists as JSON. */
function unquoted(line: string): string {
  if (!line.startsWith('"')) return line;
  try {
    return String(parseJson(line));
  } catch {
    return line;
  }
}

function itemsOf(names: readonly string[], data: Listing, path: string): number[] {
  const itemOf = new Map(data.names.map((name, item) => [name, item]));
  const numbered = (name: string) =>
    /^\d{1,9}$/.test(name) && Number(name) < data.names.length ? Number(name) : undefined;
  const items = names.map((name) => itemOf.get(name.replace(/^\.\//, "")) ?? numbered(name));
  const unknown = names.filter((_, i) => items[i] === undefined);
  if (unknown.length > 0)
    throw new UserError(
      `${shownPath(path)} names ${counted(unknown.length, "image", "images")} that the data lacks, such as ${shownPath(unknown[0])}.`,
      listHint,
    );
  const found = items.filter((item) => item !== undefined);
  if (found.length === 0) throw new UserError(`${shownPath(path)} names no image.`, listHint);
  return found;
}

/** A folder of trusted images within the data would be a class of it; a file of both would leave no suspects. */
function refuseOverlap(data: Listing, apart: Listing, path: string): void {
  const placesOf = ({ root, names }: Listing) => names.map((name) => join(root, name));
  const places = new Set(placesOf(data));
  const shared = placesOf(apart).filter((place) => places.has(place));
  if (shared.length === 0) return;
  throw new UserError(
    `${counted(shared.length, "image", "images")} of ${shownPath(path)} ${shared.length === 1 ? "is" : "are"} in the data as well, such as ${shownPath(shared[0])}.`,
    `Put them elsewhere, or name a list of them: --trusted list.txt. ${listHint}`,
  );
}

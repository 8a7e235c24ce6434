import { join, posix } from "node:path";
import { messageOf, UserError } from "../../errors.js";
import { safePath } from "../../files/safe-path.js";
import { shownPath } from "../../files/shown-path.js";
import { formatCount } from "../../format.js";
import type { Reporter } from "../../reporter.js";
import { type Labelled, labelledBy } from "./labelled.js";
import { type Listing, listed } from "./listing.js";
import { checkColumn, readTable, type Table } from "./read-table.js";

/** The names that a list of images has in its folder, as Hugging Face's ImageFolder has them. */
export const metadataNames = ["metadata.csv", "metadata.jsonl"] as const;

const hint =
  "It needs, separated by commas, a column file_name of paths below its folder, and label; source, trusted and split may be there.";

/**
 * Images by a list: `file_name`, `label` (the first folder of the path, where there is no such column) and, where they are there, `source`
 * (who an image comes from), `trusted` and `split`, of which only `train` is taken.
 * @param root real path of the folder that no link may lead out of
 * @param file of the list, from the root; its paths are from its own folder
 * @throws UserError naming the row that cannot be used
 */
export async function listMetadata(root: string, file: string, reporter: Reporter): Promise<Listing> {
  const path = join(root, file);
  const table = await readTable(path, hint);
  const shown = shownPath(path);
  checkColumn(table, "file_name", path, hint);
  if (table.rows === 0) throw new UserError(`${shown} lists no images.`, hint);
  const items: Labelled[] = [];
  const seen = new Set<string>();
  let otherSplits = 0;
  for (let row = 0; row < table.rows; row++) {
    try {
      if ((table.cell(row, "split") ?? "train") !== "train") {
        otherSplits++;
        continue;
      }
      const item = itemOf(table, row, posix.dirname(file));
      if (seen.has(item.name)) throw new Error(`${JSON.stringify(item.name)} stands there twice`);
      seen.add(item.name);
      items.push(item);
    } catch (cause) {
      throw new UserError(`${shown}, row ${row + 1}: ${messageOf(cause)}.`, hint, { cause });
    }
  }
  if (items.length === 0) throw new UserError(`${shown} lists no images whose split is train.`, hint);
  if (otherSplits > 0)
    reporter.info(`${shown}: ${formatCount(otherSplits)} images of other splits than train are not read`);
  const layout = `images listed in ${file}`;
  return { layout, root, files: [file], ...listed(items), content: { kind: "files", bad: [] } };
}

function itemOf(table: Table, row: number, below: string): Labelled {
  const file = table.cell(row, "file_name")?.replace(/^\.\//, "");
  if (file === undefined) throw new Error("it has no file_name");
  const name = posix.join(below, safePath("", file));
  const label = table.columns.includes("label") ? undefined : /^(.+?)\//.exec(file)?.[1];
  return labelledBy(name, (column) => table.cell(row, column), label);
}

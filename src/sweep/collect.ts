import { join } from "node:path";
import { writeFileAtomic } from "../files/atomic-file.js";
import { cellListOf, readCells } from "./cell-list.js";
import { rowsOf } from "./estimates.js";
import { readOutcomes } from "./outcomes.js";
import { drawRates } from "./rate-figure.js";
import { readSweepRecord } from "./sweep-record.js";
import { sweepStatus } from "./sweep-status.js";
import { tablesOf } from "./table.js";

const smallNote =
  "SMALL SCALE: few images, epochs and attack steps. It proves that every step runs; its numbers mean nothing.";

/** Makes a sweep's tables and figure from what is done. @returns the table and the files' names, as lines for people */
export async function collectSweep(sweep: string): Promise<string[]> {
  const { title, scale } = await readSweepRecord(sweep);
  const cells = await readCells(cellListOf(sweep));
  const rows = rowsOf(await readOutcomes(sweep, await sweepStatus(sweep, cells)));
  const tables = tablesOf(title, scale === "small" ? smallNote : undefined, rows);
  const files = {
    "table.md": tables.markdown,
    "table.csv": tables.csv,
    "means.csv": tables.meansCsv,
    "rates.csv": tables.ratesCsv,
  };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(sweep, name), text);
  const figure = await drawRates(title, rows, join(sweep, "rates"));
  const written = [...Object.keys(files).map((name) => join(sweep, name)), ...figure];
  return [tables.shortMarkdown, `written: ${written.join(", ")}`];
}

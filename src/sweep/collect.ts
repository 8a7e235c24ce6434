import { join } from "node:path";
import { writeFileAtomic } from "../files/atomic-file.js";
import { cellListOf, readCells } from "./cell-list.js";
import { readOutcomes } from "./outcomes.js";
import { readSweepRecord } from "./sweep-record.js";
import { sweepStatus } from "./sweep-status.js";
import { tablesOf } from "./table.js";

const smallNote =
  "SMALL SCALE: few images, epochs and attack steps. It proves that every step runs; its numbers mean nothing.";

/** Makes a sweep's tables from what is done. @returns the table and the files' names, as lines for people */
export async function collectSweep(sweep: string): Promise<string[]> {
  const { title, scale } = await readSweepRecord(sweep);
  const cells = await readCells(cellListOf(sweep));
  const outcomes = await readOutcomes(sweep, await sweepStatus(sweep, cells));
  const { markdown, csv, ratesCsv } = tablesOf(title, scale === "small" ? smallNote : undefined, outcomes);
  const files = { "table.md": markdown, "table.csv": csv, "rates.csv": ratesCsv };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(sweep, name), text);
  return [
    markdown,
    `written: ${Object.keys(files)
      .map((name) => join(sweep, name))
      .join(", ")}`,
  ];
}

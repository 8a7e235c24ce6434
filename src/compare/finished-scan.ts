import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors.js";
import { readJson } from "../files/atomic-file.js";
import { exists } from "../files/exists.js";
import { type Decisions, decisionsSchema } from "../scan/decisions.js";
import { parseScanOptions, type ScanOptions } from "../scan/options.js";
import { networkFile } from "../scan/scan-network.js";

/** What of `report.json` says what was scanned, and how. */
const reportSchema = z.object({
  data: z.string(),
  trusted: z.string().nullable(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  images: z.string(),
  classes: z.array(z.object({ trusted: z.int().min(0) })),
  decisions: decisionsSchema.nullable(),
});

/** What was scanned, and how. */
export interface FinishedScan {
  readonly options: ScanOptions;
  /** SHA-256 (hex) of all images and labels. */
  readonly images: string;
  /** What a reviewer had decided. */
  readonly decisions: Decisions | undefined;
  /** Of each class, how many images were trusted. */
  readonly trusted: readonly number[];
}

/** @param out its folder @throws UserError when no finished scan is there */
export async function readFinishedScan(out: string): Promise<FinishedScan> {
  const path = join(out, "report.json");
  if (!(await exists(path)))
    throw new UserError(`There is no ${path}.`, "Name the folder that a finished scan was given with --out.");
  const report = reportSchema.safeParse(await readJson(path));
  if (!report.success) throw new UserError(`${path} is no scan's report.`, "Scan again.");
  for (const name of [networkFile, "results.csv"])
    if (!(await exists(join(out, name))))
      throw new UserError(`There is no ${join(out, name)}.`, "Scan again into the same folder.");
  const { data, trusted, settings, images, decisions, classes } = report.data;
  const given = Object.entries({ ...settings, trusted }).filter(([, value]) => value !== null);
  const typed = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  // The folder may have been moved.
  return {
    options: { ...parseScanOptions(data, typed), out },
    images,
    decisions: decisions ?? undefined,
    trusted: classes.map((one) => one.trusted),
  };
}

import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors.js";
import { readJson, writeJsonAtomic } from "../files/atomic-file.js";

const recordSchema = z.object({ title: z.string(), scale: z.enum(["full", "small"]) });
/** What a sweep is about, beside its cells. */
export type SweepRecord = z.infer<typeof recordSchema>;

const pathOf = (sweep: string): string => join(sweep, "sweep.json");

export const writeSweepRecord = (sweep: string, record: SweepRecord): Promise<void> =>
  writeJsonAtomic(pathOf(sweep), record);

/** @throws UserError when the folder is no sweep's */
export async function readSweepRecord(sweep: string): Promise<SweepRecord> {
  const record = recordSchema.safeParse(await readJson(pathOf(sweep)).catch(() => undefined));
  if (record.success) return record.data;
  throw new UserError(
    `There is no ${pathOf(sweep)}.`,
    "Plan the sweep first: poisonspot sweep plan <grid> --out <folder>.",
  );
}

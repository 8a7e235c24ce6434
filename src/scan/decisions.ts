import { z } from "zod";
import { UserError } from "../errors.js";
import { readJson } from "../files/atomic-file.js";
import { shownPath } from "../files/shown-path.js";
import { imageDigest } from "./image-digest.js";
import type { ScanData, ScannedClass } from "./scan-data.js";
import type { Verdict } from "./verdict.js";

const decision = z.strictObject({
  file: z.string().describe("As results.csv, or the list of trusted images, names it."),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  note: z.string().max(2000).describe("Why."),
});

/** What a reviewer has decided about images. */
export const decisionsSchema = z.strictObject({
  struck: z.array(decision).max(1_000_000).describe("Trusted images that are not clean."),
  kept: z.array(decision).max(1_000_000).describe("Flagged images that are clean."),
});
export type Decisions = z.infer<typeof decisionsSchema>;

const savedByPage = "Name the file that report.html saves.";

/** What a report's page saves. */
const fileSchema = decisionsSchema.extend({ decisionsVersion: z.literal(1), report: z.string() });

/** Decisions about the images of a scan. */
export interface AppliedDecisions {
  readonly decisions: Decisions;
  /** Classes without the trusted images that were struck. */
  readonly classes: readonly ScannedClass[];
  /** Rows of images that are not to be flagged. */
  readonly kept: ReadonlySet<number>;
}

/** Reads a file of decisions. @throws UserError where it holds none */
export async function readDecisions(path: string): Promise<Decisions> {
  const read = await readJson(path).catch((cause: unknown) => {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError(`--decisions: ${cause.message}`, savedByPage, { cause });
  });
  const parsed = fileSchema.safeParse(read);
  if (!parsed.success)
    throw new UserError(
      `--decisions ${shownPath(path)} holds no decisions: ${z.prettifyError(parsed.error).split("\n")[0]}.`,
      savedByPage,
      { cause: parsed.error },
    );
  const { struck, kept } = parsed.data;
  return { struck, kept };
}

/**
 * Finds the images that decisions are about.
 * @param path where the decisions come from
 * @throws UserError naming images that are not there, or are not those that were looked at
 */
export async function applyDecisions(
  { struck, kept }: Decisions,
  path: string,
  data: ScanData,
): Promise<AppliedDecisions> {
  const count = data.subject.images.labels.length;
  const [struckRows, keptRows] = [
    await rowsOf(struck, data, data.numSuspects, count),
    await rowsOf(kept, data, 0, data.numSuspects),
  ];
  const wrong = [...struckRows.wrong, ...keptRows.wrong];
  if (wrong.length > 0) {
    const more = wrong.length > 5 ? ` and ${wrong.length - 5} more` : "";
    throw new UserError(
      `--decisions ${shownPath(path)} is about other images: ${wrong.slice(0, 5).join("; ")}${more}.`,
      "Give the data and the trusted images that the report is about, or decide again in a new report.",
    );
  }
  const isStruck = new Set(struckRows.rows);
  return {
    decisions: { struck, kept },
    classes: data.classes.map((one) => ({
      ...one,
      trusted: one.trusted.filter((row) => !isStruck.has(row)),
    })),
    kept: new Set(keptRows.rows),
  };
}

/** Rows of images in [from, to) by their names, whose digests must be those that were decided about. */
async function rowsOf(
  decisions: Decisions["kept"],
  data: ScanData,
  from: number,
  to: number,
): Promise<{ rows: number[]; wrong: string[] }> {
  const byName = new Map<string, number>();
  if (decisions.length > 0) for (let row = from; row < to; row++) byName.set(data.nameOf(row), row);
  const rows: number[] = [];
  const wrong: string[] = [];
  for (const { file, sha256 } of decisions) {
    const row = byName.get(file);
    if (row === undefined) wrong.push(`${shownPath(file)} is not there`);
    else if ((await imageDigest(data, row)) !== sha256) wrong.push(`${shownPath(file)} has another SHA-256`);
    else rows.push(row);
  }
  return { rows, wrong };
}

/** A verdict in which nothing is flagged that a reviewer keeps; what the test says of a class stays. */
export function withoutKept(verdict: Verdict, kept: ReadonlySet<number>): Verdict {
  const classes = verdict.classes.map((one) => {
    const flagged = one.flagged.map((mark, i) => (kept.has(one.rows[i]) ? 0 : mark));
    return { ...one, flagged, numFlagged: flagged.reduce((sum, mark) => sum + mark, 0) };
  });
  return { ...verdict, classes };
}

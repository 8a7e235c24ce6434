import { mapConcurrently } from "../../files/map-concurrently.js";
import type { Run } from "../../run.js";
import { imageDigest } from "../image-digest.js";
import type { ScanData } from "../scan-data.js";
import type { Verdict } from "../verdict.js";

/** What a scan knows of one image of the data. */
export interface ImageRecord {
  readonly row: number;
  /** See `ScanData.nameOf`. */
  readonly file: string;
  readonly isOwnFile: boolean;
  /** See `imageDigest`. */
  readonly sha256: string;
  readonly label: string;
  readonly supplier: string | undefined;
  /** Undefined where the image was not ranked: its class was not looked at, or it is among the trusted ones. */
  readonly found: Found | undefined;
  readonly isFlagged: boolean;
}

/** What the scores say; see `ClassVerdict`. */
interface Found {
  /** Of each score by its name, higher is more suspicious. */
  readonly scores: Readonly<Record<string, number>>;
  /** The score that the rest goes by: the one with the smallest p in the image's class. */
  readonly leading: string;
  readonly p: number;
  readonly e: number;
  readonly flaggedIn: number;
}

/** Files that are read at a time. */
const atATime = 16;

/**
 * A record of every image of the data but the trusted ones: flagged ones first, then by rising p and falling score, those that were not ranked last.
 * Each file is read once, piece by piece, for its digest.
 */
export async function imageRecords(
  data: ScanData,
  verdict: Verdict,
  { reporter, signal }: Run,
): Promise<ImageRecord[]> {
  const found = new Map<number, Found & { readonly isFlagged: boolean }>();
  for (const one of verdict.classes) {
    if (one.leading === undefined) continue;
    for (const [i, row] of one.rows.entries())
      found.set(row, {
        scores: Object.fromEntries(one.byScore.map(({ score, scores }) => [score, scores[i]])),
        leading: one.leading,
        p: one.pValues[i],
        e: one.eValues[i],
        flaggedIn: one.flaggedIn[i],
        isFlagged: one.flagged[i] === 1,
      });
  }
  const bar = reporter.progress("scan: digests", data.numSuspects);
  const { labels } = data.subject.images;
  let done = 0;
  const rows = Array.from({ length: data.numSuspects }, (_, row) => row);
  const records = await mapConcurrently(rows, atATime, async (row): Promise<ImageRecord> => {
    const { isFlagged = false, ...values } = found.get(row) ?? {};
    signal.throwIfAborted();
    const sha256 = await imageDigest(data, row);
    bar.update(++done);
    return {
      row,
      file: data.nameOf(row),
      isOwnFile: data.fileOf(row) !== undefined,
      sha256,
      label: data.classes[labels[row]].name,
      supplier: data.supplierOf(row),
      found: "scores" in values ? values : undefined,
      isFlagged,
    };
  }).finally(() => bar.stop());
  const score = ({ found: of }: ImageRecord) => of?.scores[of.leading] ?? Number.NEGATIVE_INFINITY;
  const p = ({ found: of }: ImageRecord) => of?.p ?? 2;
  return records.sort(
    (a, b) =>
      Number(b.isFlagged) - Number(a.isFlagged) || p(a) - p(b) || score(b) - score(a) || a.row - b.row,
  );
}

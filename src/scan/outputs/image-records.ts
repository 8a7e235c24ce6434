import { mapConcurrently } from "../../files/map-concurrently.js";
import type { Run } from "../../run.js";
import { highestFirst } from "../../statistics/ranks.js";
import { imageDigest } from "../image-digest.js";
import { mostUnusual } from "../rankings.js";
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
  /** The score that the rest goes by: the one with the smallest p in the image's class; without a test, the most unusual among classes. */
  readonly leading: string;
  /** From 1, by that score within the class; of equal ones the first. */
  readonly rank: number;
  /** What is known of chance, where there was a test. */
  readonly tested: { readonly p: number; readonly e: number; readonly flaggedIn: number } | undefined;
}

/** Files that are read at a time. */
const atATime = 16;

/**
 * A record of every image of the data but the trusted ones: flagged ones first, then by rising p and falling score (without a test by rank, class
 * by class), those that were not ranked last.
 * Each file is read once, piece by piece, for its digest.
 */
export async function imageRecords(
  data: ScanData,
  verdict: Verdict,
  { reporter, signal }: Run,
): Promise<ImageRecord[]> {
  const found = new Map<number, Found & { readonly isFlagged: boolean }>();
  for (const one of verdict.classes) {
    const { rankings = [] } = one;
    const leading = one.leading ?? mostUnusual(rankings)?.score;
    if (leading === undefined) continue;
    const ranks = ranksOf(one.scores);
    for (const [i, row] of one.rows.entries())
      found.set(row, {
        scores: Object.fromEntries(
          [...one.byScore, ...rankings].map(({ score, scores }) => [score, scores[i]]),
        ),
        leading,
        rank: ranks[i],
        tested:
          one.leading === undefined
            ? undefined
            : { p: one.pValues[i], e: one.eValues[i], flaggedIn: one.flaggedIn[i] },
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
  const score = ({ found: of }: ImageRecord) =>
    of?.tested ? of.scores[of.leading] : -(of?.rank ?? Infinity);
  const p = ({ found: of }: ImageRecord) => of?.tested?.p ?? 2;
  return records.sort(
    (a, b) =>
      Number(b.isFlagged) - Number(a.isFlagged) ||
      p(a) - p(b) ||
      descending(score(a), score(b)) ||
      a.row - b.row,
  );
}

/** Two that are not ranked are equal. */
const descending = (a: number, b: number): number => (a === b ? 0 : b - a);

/** From 1, the highest score first. */
function ranksOf(scores: Float64Array): Int32Array {
  const ranks = new Int32Array(scores.length);
  for (const [at, i] of highestFirst(scores).entries()) ranks[i] = at + 1;
  return ranks;
}

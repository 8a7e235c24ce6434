import { openForestScorer, verdictForest } from "../detection/forest-scorer.js";
import { drawRows, meanRows, rowsById, rowsInCommon } from "../detection/per-sample-rows.js";
import { type ScoreVerdict, scoreVerdict } from "../detection/score-verdict.js";
import type { Rng } from "../random/rng.js";
import { distinct, type ScoreInput } from "../scoring/poison-score.js";
import { rateText } from "../statistics/share.js";
import { detectionRates } from "./rates.js";

/** What the calibrated test of a scan says of the suspects, the clean reference samples being the trusted ones. */
export interface CalibratedVerdict extends ScoreVerdict {
  /** int32 [m], ids of the suspects, ascending; scores and flags are in their order */
  readonly sampleIds: Int32Array;
}

/** As those of a scan. */
const options = { splits: 5, fdr: 0.1, level: 0.05 } as const;

/** Whether the suspects are not like the reference samples. */
export const isEvidence = ({ p }: Pick<CalibratedVerdict, "p">): boolean => p <= options.level;

/** Clean reference samples below which nothing is said: half of them are ranked, and p could not be small. */
const fewestReference = 20;

/**
 * Tests whether the suspects are like the clean reference samples in their increments, each averaged over as many epochs. It
 * presumes that both were drawn alike, which with --sample_from_test they are not.
 * @returns undefined where the reference samples are too few
 */
export async function calibratedVerdict(
  { suspectRows, suspectIds, cleanRows, cleanIds }: ScoreInput,
  rng: Rng,
  signal: AbortSignal,
): Promise<CalibratedVerdict | undefined> {
  const rows = rowsById(Int32Array.from([...suspectIds, ...cleanIds]));
  const countOf = (id: number): number => rows.get(id)?.length ?? 0;
  const suspects = distinct(suspectIds);
  const reference = distinct(cleanIds);
  const perSample = rowsInCommon([...suspects].map(countOf), [...reference].map(countOf));
  const trusted = reference.filter((id) => countOf(id) >= perSample);
  if (perSample === 0 || trusted.length < fewestReference) return undefined;
  const samples = Int32Array.from([...suspects, ...trusted]);
  const data = new Float32Array(suspectRows.data.length + cleanRows.data.length);
  data.set(suspectRows.data);
  data.set(cleanRows.data, suspectRows.data.length);
  const increments = {
    table: { rows: suspectRows.rows + cleanRows.rows, cols: suspectRows.cols, data },
    rowsOf: Array.from(samples, (id) => Int32Array.from(rows.get(id) ?? [])),
    perSample,
  };
  const scorer = await openForestScorer(
    meanRows(increments, drawRows(increments, rng.fork("rows"))),
    verdictForest,
  );
  try {
    const places = Int32Array.from(samples.keys());
    const verdict = await scoreVerdict(
      { name: "increments", scorer, fitShare: 0.5 },
      { suspects: places.subarray(0, suspects.length), trusted: places.subarray(suspects.length) },
      {
        splits: options.splits,
        fdr: options.fdr,
        boundLevel: options.level,
        noticedLevel: options.level,
        rng,
        signal,
      },
    );
    return { ...verdict, sampleIds: suspects };
  } finally {
    await scorer.close();
  }
}

/** One line for people. @param poisons ids, to hold the flags against */
export function describeCalibrated(verdict: CalibratedVerdict, poisons: ReadonlySet<number>): string {
  const { p, atLeast, flagged, sampleIds, wouldNotice } = verdict;
  const start = `calibrated against clean-1: p ${p.toPrecision(2)}`;
  if (!isEvidence(verdict)) {
    const noticed = wouldNotice === undefined ? "no number" : `${wouldNotice} or more`;
    return `${start}: no evidence; of ${sampleIds.length} suspects ${noticed} that stand out would have been noticed`;
  }
  const rates = detectionRates(Float64Array.from(flagged), sampleIds, poisons, 0.5);
  return (
    `${start}: evidence, at least ${atLeast} of ${sampleIds.length} suspects are not clean; flagged: ` +
    `TPR ${rateText(rates.truePositives)}, FPR ${rateText(rates.falsePositives)}`
  );
}

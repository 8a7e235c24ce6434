import type { Detection, Threshold } from "../../detection/detect.js";
import { meanRows, rowsById } from "../../detection/per-sample-rows.js";
import { nearestAmong } from "../../report/nearest.js";
import type { ScoreInput } from "../../scoring/poison-score.js";
import type { CalibratedVerdict } from "../calibrated-verdict.js";
import type { Findings, ReportedVerdict, Traces } from "./findings.js";
import { shownSuspects } from "./shown-suspects.js";

/** What the rows of a capture are. */
interface CapturedRows extends ScoreInput {
  /** int32 [numSuspectRows] and [numCleanRows] */
  readonly suspectEpochs: Int32Array;
  readonly cleanEpochs: Int32Array;
}

const numNearest = 2;
/** Digits of a score of one epoch: a line is drawn of it. */
const traceDigits = 4;

/** What a report is to show of what scoring found. */
export function findingsOf(
  rows: CapturedRows,
  { scores, thresholds }: Detection,
  chosen: Threshold,
  calibrated: CalibratedVerdict | undefined,
): Findings {
  const { sampleIds, cleanIds, cleanScores } = scores;
  return {
    scores: { sampleIds, scores: scores.scores, cleanIds, cleanScores },
    thresholds,
    chosen: chosen.name,
    traces: tracesOf(rows, scores),
    nearest: nearestOf(rows, scores, chosen.value),
    calibrated: calibrated && reported(calibrated),
  };
}

const reported = ({ sampleIds: _, reference, ...verdict }: CalibratedVerdict): ReportedVerdict => ({
  ...verdict,
  reference: reference.scores,
});

function tracesOf(rows: CapturedRows, { sampleIds, cleanIds, rowScores }: Detection["scores"]): Traces {
  const epochs = [...new Set([...rows.suspectEpochs, ...rows.cleanEpochs])].sort((a, b) => a - b);
  const column = new Map(epochs.map((epoch, i) => [epoch, i]));
  const traces = (ids: Int32Array, rowIds: Int32Array, rowEpochs: Int32Array, first: number): number[][] => {
    const sums = new Map(Array.from(ids, (id) => [id, epochs.map(() => ({ sum: 0, count: 0 }))]));
    for (const [row, id] of rowIds.entries()) {
      const cell = sums.get(id)?.[column.get(rowEpochs[row]) ?? -1];
      if (cell === undefined) throw new Error(`Row ${row} is of no sample that was scored.`);
      cell.sum += rowScores[first + row];
      cell.count++;
    }
    const mean = ({ sum, count }: { sum: number; count: number }) =>
      count === 0 ? Number.NaN : Number((sum / count).toFixed(traceDigits));
    return [...sums.values()].map((cells) => cells.map(mean));
  };
  return {
    epochs,
    suspects: traces(sampleIds, rows.suspectIds, rows.suspectEpochs, 0),
    clean: traces(cleanIds, rows.cleanIds, rows.cleanEpochs, rows.suspectIds.length),
  };
}

/** Of the suspects that a report shows: who is not flagged and has the most similar mean increments in the features that count. */
function nearestOf(
  { suspectRows, suspectIds, cleanRows, cleanIds: cleanRowIds }: CapturedRows,
  { sampleIds, scores, cleanIds, keptFeatures }: Detection["scores"],
  cut: number,
): Map<number, number[]> {
  if (keptFeatures.length === 0) return new Map();
  const ids = Int32Array.from([...sampleIds, ...cleanIds]);
  const byId = rowsById(Int32Array.from([...suspectIds, ...cleanRowIds]));
  const kept = (data: Float32Array, { rows, cols }: ScoreInput["suspectRows"], out: Float32Array) => {
    for (let row = 0; row < rows; row++)
      keptFeatures.forEach((feature, i) => {
        out[row * keptFeatures.length + i] = data[row * cols + feature];
      });
  };
  const cols = keptFeatures.length;
  const data = new Float32Array((suspectRows.rows + cleanRows.rows) * cols);
  kept(suspectRows.data, suspectRows, data);
  kept(cleanRows.data, cleanRows, data.subarray(suspectRows.rows * cols));
  const rowsOf = Array.from(ids, (id) => Int32Array.from(byId.get(id) ?? []));
  const table = { rows: suspectRows.rows + cleanRows.rows, cols, data };
  const means = meanRows({ table }, rowsOf);
  const unflagged = Int32Array.from(ids.keys()).filter((i) => i >= scores.length || scores[i] <= cut);
  const nearest = nearestAmong(means, unflagged, numNearest);
  return new Map(
    shownSuspects(scores, cut).map((i) => [sampleIds[i], Array.from(nearest(i), (other) => ids[other])]),
  );
}

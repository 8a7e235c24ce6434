import type { StageResult } from "../store/results.js";
import { percent } from "./measure.js";

const show = (fraction: number | undefined): string => (fraction === undefined ? "–" : percent(fraction));

/** Before, detection and after in one table, for a run that has something to compare. */
export function summaryTable(rows: readonly StageResult[]): string[] {
  const all: StageResult = Object.assign({}, ...rows.map(definedOnly));
  const lines: [string, string, string][] = [];
  if (all.poisonedTrainingAccuracy !== undefined || all.retrainAccuracy !== undefined) {
    lines.push(["", "before", "after"]);
    lines.push(["clean accuracy (ACC)", show(all.poisonedTrainingAccuracy), show(all.retrainAccuracy)]);
    lines.push(["attack success (ASR)", show(all.poisonedTrainingAsr), show(all.retrainAsr)]);
  }
  if (all.cleanTrainingAccuracy !== undefined) {
    lines.push(["ACC without any poison", show(all.cleanTrainingAccuracy), ""]);
  }
  if (rows.some((row) => row.truePositiveRateKmeans !== undefined)) {
    lines.push(["threshold", "TPR", "FPR"]);
    lines.push(["KMeans", show(all.truePositiveRateKmeans), show(all.falsePositiveRateKmeans)]);
    lines.push(["Gaussian", show(all.truePositiveRateGaussian), show(all.falsePositiveRateGaussian)]);
  }
  return lines.map(
    ([name, first, second]) => `${name.padEnd(24)}${first.padStart(10)}${second.padStart(10)}`,
  );
}

const definedOnly = (row: StageResult): StageResult =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));

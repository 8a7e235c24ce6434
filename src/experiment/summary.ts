import { percent } from "../format.js";
import { newestOf, type StageResult } from "./results.js";

/** Before, detection and after in one table, for a run that has something to compare. */
export function summaryTable(rows: readonly StageResult[]): string[] {
  const all = newestOf(rows);
  const lines: [string, string, string][] = [];
  if (all.poisonedTrainingAccuracy !== undefined || all.retrainAccuracy !== undefined) {
    lines.push(["", "before", "after"]);
    lines.push(["clean accuracy (ACC)", percent(all.poisonedTrainingAccuracy), percent(all.retrainAccuracy)]);
    lines.push(["attack success (ASR)", percent(all.poisonedTrainingAsr), percent(all.retrainAsr)]);
  }
  if (all.cleanTrainingAccuracy !== undefined) {
    lines.push(["ACC without any poison", percent(all.cleanTrainingAccuracy), ""]);
  }
  if (rows.some((row) => row.truePositiveRateKmeans !== undefined)) {
    lines.push(["threshold", "TPR", "FPR"]);
    lines.push(["KMeans", percent(all.truePositiveRateKmeans), percent(all.falsePositiveRateKmeans)]);
    lines.push(["Gaussian", percent(all.truePositiveRateGaussian), percent(all.falsePositiveRateGaussian)]);
  }
  return lines.map(
    ([name, first, second]) => `${name.padEnd(24)}${first.padStart(10)}${second.padStart(10)}`,
  );
}

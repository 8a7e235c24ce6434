import { expect, test } from "vitest";
import { summaryTable } from "../../src/experiment/summary.js";

test("models one below the other, then the thresholds; nothing of what was not measured", () => {
  const tests = { testImages: 40, triggeredTestImages: 36 };
  const rows = [
    { ...tests, cleanTrainingAccuracy: 0.95, cleanTrainingAsr: 0 },
    { ...tests, poisonedTrainingAccuracy: 0.9, poisonedTrainingAsr: 1 },
    { truePositiveRateKmeans: 0.5, poisons: 10, falsePositiveRateKmeans: 0, cleanSuspects: 4 },
    { ...tests, retrainAccuracy: 0.9, retrainAsr: 0 },
    { ...tests, retrainControlAccuracy: 0.9, retrainControlAsr: 1 },
  ];
  expect(summaryTable(rows)).toEqual([
    "                           clean accuracy (ACC)         attack success (ASR)",
    "before                     90.0 % (36/40 [76.3, 97.2])  100.0 % (36/36 [90.3, 100.0])",
    "after                      90.0 % (36/40 [76.3, 97.2])  0.0 % (0/36 [0.0, 9.7])",
    "as many removed at random  90.0 % (36/40 [76.3, 97.2])  100.0 % (36/36 [90.3, 100.0])",
    "without any poison         95.0 % (38/40 [83.1, 99.4])  0.0 % (0/36 [0.0, 9.7])",
    "threshold                  poisons found (TPR)          clean accused (FPR)",
    "KMeans                     50.0 % (5/10 [18.7, 81.3])   0.0 % (0/4 [0.0, 60.2])",
  ]);
  expect(summaryTable(rows.slice(2, 3)).map((line) => line.slice(0, 6))).toEqual(["thresh", "KMeans"]);
  expect(summaryTable([{ numFeatures: 3 }])).toEqual([]);
});

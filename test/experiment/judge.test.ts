import { expect, test } from "vitest";
import type { Detection } from "../../src/detection/detect.js";
import { describeJudgement, judge } from "../../src/experiment/judge.js";

/** Samples 0 to 5, the poisons 0, 1 (of lc) and 2 (of sa). */
const detection: Detection = {
  scores: {
    sampleIds: Int32Array.of(0, 1, 2, 3, 4, 5),
    scores: Float64Array.of(0.9, 0.4, 0.8, 0.7, 0.1, 0.2),
    cleanIds: Int32Array.of(8, 9),
    cleanScores: Float64Array.of(0.6, 0.1),
    rowScores: new Float64Array(),
    importances: new Float64Array(1),
    keptFeatures: Int32Array.of(0),
  },
  thresholds: [{ name: "KMeans", value: 0.5 }],
};
const truth = (poisonIds: Record<string, Int32Array>) => ({
  poisonIds,
  allPoisonIds: Int32Array.from(Object.values(poisonIds).flatMap((ids) => [...ids])),
  triggeredTests: {},
});

test("rates over all parts of the attack and by part", () => {
  const [judgement] = judge(detection, truth({ lc: Int32Array.of(0, 1), sa: Int32Array.of(2) }));
  expect(judgement.rates).toMatchObject({
    truePositives: { count: 2, of: 3 },
    falsePositives: { count: 1, of: 3 },
  });
  expect(judgement.truePositivesByPart).toEqual({ lc: { count: 1, of: 2 }, sa: { count: 1, of: 1 } });
  expect(describeJudgement(judgement)).toBe(
    "KMeans threshold 0.5000: TPR 66.7 % (2/3 [9.4, 99.2]), TPR lc 50.0 % (1/2 [1.3, 98.7]), TPR sa 100.0 % (1/1 [2.5, 100.0]), FPR 33.3 % (1/3 [0.8, 90.6])",
  );
});

test("where no suspect is clean, the share of the references goes by its own name", () => {
  const [judgement] = judge(detection, truth({ lc: Int32Array.of(0, 1, 2, 3, 4, 5) }));
  expect(describeJudgement(judgement)).toBe(
    "KMeans threshold 0.5000: TPR 50.0 % (3/6 [11.8, 88.2]), reference FPR 50.0 % (1/2 [1.3, 98.7]), no suspect is clean",
  );
});

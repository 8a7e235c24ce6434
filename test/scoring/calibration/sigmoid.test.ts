import { describe, expect, test } from "vitest";
import { fitSigmoid, probability } from "../../../src/scoring/calibration/sigmoid.js";
import { sklearn, sklearnTable } from "../sklearn-table.js";

describe("Platt's sigmoid", () => {
  const { labels } = sklearnTable().all;

  test("is scikit-learn's", () => {
    const { slope, offset } = fitSigmoid(sklearn.kernel_svm.decisions, labels);
    expect(slope).toBeCloseTo(sklearn.sigmoid.slope, 4);
    expect(offset).toBeCloseTo(sklearn.sigmoid.offset, 4);
  });

  test("decision values of any unit give the same probabilities", () => {
    for (const unit of [1e-6, 1e6]) {
      const decisions = sklearn.kernel_svm.decisions.map((decision) => decision * unit);
      const { slope, offset } = fitSigmoid(decisions, labels);
      expect(slope * unit).toBeCloseTo(sklearn.sigmoid.slope, 3);
      expect(offset).toBeCloseTo(sklearn.sigmoid.offset, 3);
    }
  });

  test("separated labels give certain, but finite, probabilities", () => {
    const sigmoid = fitSigmoid([-2, -1, 1, 2], [0, 0, 1, 1]);
    expect(probability(sigmoid, -2)).toBeLessThan(0.26);
    expect(probability(sigmoid, 2)).toBeGreaterThan(0.74);
  });

  test("never turns decision values around: where they mislead, it gives the share of label 1", () => {
    const sigmoid = fitSigmoid([3, 2, 1, -1, -2, -3], [0, 0, 0, 0, 1, 1]);
    expect(sigmoid.slope).toBe(0);
    expect(probability(sigmoid, 5)).toBeCloseTo(3 / 8, 9);
  });
});

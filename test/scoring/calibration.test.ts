import { describe, expect, test } from "vitest";
import { calibrationSplits, fitSigmoid, probability } from "../../src/scoring/calibration.js";
import { sklearn, sklearnTable } from "./sklearn-table.js";

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

describe("internal folds", () => {
  const labelled = (positives: number, negatives: number) => ({
    rows: Int32Array.from({ length: positives + negatives }, (_, i) => 100 + i),
    labels: Uint8Array.from({ length: positives + negatives }, (_, i) => Number(i < positives)),
  });

  test("hold every row out once, with its share of each label and its own label", () => {
    const splits = calibrationSplits(labelled(11, 52), "s");
    expect(splits).toHaveLength(5);
    expect(splits.flatMap(({ heldOut }) => [...heldOut.rows]).sort()).toEqual([...labelled(11, 52).rows]);
    for (const { rest, heldOut } of splits) {
      expect(rest.rows.length + heldOut.rows.length).toBe(63);
      expect(new Set([...rest.rows, ...heldOut.rows]).size).toBe(63);
      const positives = heldOut.labels.filter((label) => label === 1).length;
      expect(positives === 2 || positives === 3).toBe(true);
      heldOut.rows.forEach((row, i) => {
        expect(heldOut.labels[i]).toBe(Number(row < 111));
      });
    }
  });

  test("are fewer when a label has fewer rows, and none for a single one", () => {
    const splits = calibrationSplits(labelled(3, 20), "s");
    expect(splits).toHaveLength(3);
    for (const { rest } of splits) expect(new Set(rest.labels).size).toBe(2);
    expect(calibrationSplits(labelled(1, 20), "s")).toEqual([]);
  });

  test("follow the seed", () => {
    expect(calibrationSplits(labelled(20, 20), "a")).toEqual(calibrationSplits(labelled(20, 20), "a"));
    expect(calibrationSplits(labelled(20, 20), "a")).not.toEqual(calibrationSplits(labelled(20, 20), "b"));
  });
});

import { describe, expect, test } from "vitest";
import { calibrationSplits } from "../../../src/scoring/calibration/splits.js";

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

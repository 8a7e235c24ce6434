import { RandomForestClassifier } from "ml-random-forest";
import { describe, expect, test } from "vitest";
import { type ForestOptions, trainForest } from "../../../src/scoring/forest/forest.js";
import { areaUnderCurve, labelledTable } from "../random-table.js";

const easy = labelledTable(200, 20, { informative: 4, shift: 3, seed: "easy" });
const train = (options: Partial<ForestOptions> = {}) =>
  trainForest(easy.matrix, easy.labels, { trees: 30, seed: 1, threads: 1, ...options });

test("separable rows are told apart, by the columns that inform", async () => {
  const half = Int32Array.from({ length: 100 }, (_, row) => row);
  const { predict, importances } = await train({ rowSubset: half });
  const probabilities = predict(easy.matrix);
  expect(areaUnderCurve(probabilities.slice(100), easy.labels.slice(100))).toBeGreaterThan(0.99);
  expect(probabilities.every((p) => p >= 0 && p <= 1)).toBe(true);
  expect(importances.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  expect(Math.min(...importances.slice(0, 4))).toBeGreaterThan(2 * Math.max(...importances.slice(4)));
});

test("the number of threads changes nothing, the seed does", async () => {
  const [one, two, other] = [await train(), await train({ threads: 2 }), await train({ seed: 2 })];
  expect(two.importances).toEqual(one.importances);
  expect(two.predict(easy.matrix)).toEqual(one.predict(easy.matrix));
  expect(other.importances).not.toEqual(one.importances);
});

test("noisy rows are told apart about as well as by ml-random-forest", async () => {
  const { matrix, labels } = labelledTable(500, 8, { informative: 5, shift: 1, seed: "noisy" });
  const numTrain = 150;
  const forest = await trainForest(matrix, labels, {
    seed: 3,
    threads: 1,
    rowSubset: Int32Array.from({ length: numTrain }, (_, row) => row),
  });
  const rows = Array.from({ length: matrix.rows }, (_, row) =>
    Array.from(matrix.data.subarray(row * matrix.cols, (row + 1) * matrix.cols)),
  );
  const theirs = new RandomForestClassifier({
    nEstimators: 100,
    maxFeatures: 3,
    replacement: false,
    seed: 3,
    noOOB: true,
    treeOptions: { maxDepth: 10, minNumSamples: 1, gainFunction: "gini" },
  });
  theirs.train(rows.slice(0, numTrain), Array.from(labels.slice(0, numTrain)));
  const votes = theirs.predictionValues(rows.slice(numTrain));
  const theirScores = Array.from({ length: 350 }, (_, i) =>
    votes.getRow(i).reduce((sum, vote) => sum + vote, 0),
  );
  const heldOut = labels.slice(numTrain);
  const ourArea = areaUnderCurve(forest.predict(matrix).slice(numTrain), heldOut);
  expect(ourArea).toBeGreaterThan(0.85);
  expect(Math.abs(ourArea - areaUnderCurve(theirScores, heldOut))).toBeLessThan(0.03);
});

test("one label only, or nothing to split on, gives that share and no importances", async () => {
  const matrix = { rows: 4, cols: 2, data: new Float32Array(8) };
  const ones = await trainForest(matrix, Uint8Array.of(1, 1, 1, 1), { trees: 3, seed: 1, threads: 1 });
  expect([...ones.predict(matrix)]).toEqual([1, 1, 1, 1]);
  expect([...ones.importances]).toEqual([0, 0]);
});

describe("what cannot be trained on is refused", () => {
  test("values that are not finite", async () => {
    const matrix = { rows: 2, cols: 2, data: Float32Array.of(1, 2, 3, Number.POSITIVE_INFINITY) };
    await expect(trainForest(matrix, Uint8Array.of(0, 1), { seed: 1, threads: 1 })).rejects.toThrow(
      "feature 1 of 2",
    );
  });

  test("wrong shapes and labels", async () => {
    const matrix = { rows: 2, cols: 1, data: Float32Array.of(1, 2) };
    await expect(trainForest(matrix, Uint8Array.of(0), { seed: 1 })).rejects.toThrow("1 labels for 2 rows");
    await expect(trainForest(matrix, Uint8Array.of(0, 2), { seed: 1 })).rejects.toThrow("0 or 1");
    await expect(trainForest({ ...matrix, cols: 3 }, Uint8Array.of(0, 1), { seed: 1 })).rejects.toThrow(
      "[2, 3]",
    );
  });
});

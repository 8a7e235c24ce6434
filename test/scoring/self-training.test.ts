import { expect, test } from "vitest";
import type { Fit, FitResult, RowClassifier } from "../../src/scoring/row-classifier.js";
import { fitWithSelfTraining } from "../../src/scoring/self-training.js";

/** P(suspect) of row r is given; remembers what it was trained on. */
function givenClassifier(probabilityOf: (row: number) => number): RowClassifier & { fits: Fit[] } {
  const fits: Fit[] = [];
  return {
    fits,
    async fit(fit): Promise<FitResult> {
      fits.push(fit);
      const importances = new Float64Array(fit.columns.length).fill(fits.length);
      return {
        probabilities: Float64Array.from(fit.predictRows, probabilityOf),
        importances: async () => importances,
      };
    },
    async close() {},
  };
}

const columns = Int32Array.of(0, 1);
const rows = {
  trainSuspects: Int32Array.from({ length: 10 }, (_, i) => i),
  trainClean: Int32Array.from({ length: 40 }, (_, i) => 100 + i),
  heldOut: { rows: Int32Array.of(50, 51, 52), labels: Uint8Array.of(1, 1, 0) },
};

test("keeps the suspects above 0.7 and three clean rows for each", async () => {
  const classifier = givenClassifier((row) => (row === 3 ? 0.7 : row < 5 ? 0.71 : 0.69));
  let between = 0;
  const result = await fitWithSelfTraining(classifier, rows, columns, "s", async () => void between++);
  const [first, second] = classifier.fits;
  expect(first.train.rows).toEqual(Int32Array.of(...rows.trainSuspects, ...rows.trainClean));
  expect([...first.train.labels]).toEqual(Array.from({ length: 50 }, (_, i) => Number(i < 10)));
  expect([...second.train.rows.slice(0, 4)]).toEqual([0, 1, 2, 4]);
  const negatives = second.train.rows.slice(4);
  expect(new Set(negatives).size).toBe(12);
  expect([...negatives].every((row) => rows.trainClean.includes(row))).toBe(true);
  expect([...negatives]).not.toEqual([...rows.trainClean.slice(0, 12)]);
  expect([...second.train.labels]).toEqual(Array.from({ length: 16 }, (_, i) => Number(i < 4)));
  expect(second.predictRows).toEqual(rows.heldOut.rows);
  expect([...result.probabilities]).toEqual([0.69, 0.69, 0.69]);
  expect([...(await result.importances(rows.heldOut))]).toEqual([2, 2]);
  expect(between).toBe(1);
});

test("keeps all clean rows when there are fewer than three per suspect", async () => {
  const classifier = givenClassifier(() => 0.9);
  const few = { ...rows, trainClean: rows.trainClean.slice(0, 20) };
  await fitWithSelfTraining(classifier, few, columns, "s", async () => {});
  expect(classifier.fits[1].train.rows).toHaveLength(30);
});

test("without a convincing suspect the first classifier stands", async () => {
  const classifier = givenClassifier((row) => row / 100);
  let between = 0;
  const result = await fitWithSelfTraining(classifier, rows, columns, "s", async () => void between++);
  expect(classifier.fits).toHaveLength(1);
  expect([...result.probabilities]).toEqual([0.5, 0.51, 0.52]);
  expect([...(await result.importances(rows.heldOut))]).toEqual([1, 1]);
  expect(between).toBe(1);
});

test("the sample of clean rows follows the seed", async () => {
  const negativesOf = async (seed: string): Promise<number[]> => {
    const classifier = givenClassifier((row) => (row < 2 ? 1 : 0));
    await fitWithSelfTraining(classifier, rows, columns, seed, async () => {});
    return [...classifier.fits[1].train.rows.slice(2)];
  };
  expect(await negativesOf("a")).toEqual(await negativesOf("a"));
  expect(await negativesOf("a")).not.toEqual(await negativesOf("b"));
});

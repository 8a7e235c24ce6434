import { beforeAll, describe, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { RunError, startEngine } from "../../src/index.js";
import { createRng, shuffle } from "../../src/random/rng.js";
import { type ClassifierName, classifierNames, classifiers } from "../../src/scoring/registry.js";
import type { LabelledRows } from "../../src/scoring/row-classifier.js";
import type { Matrix } from "../../src/scoring/table/matrix.js";
import { areaUnderCurve, labelledTable } from "./random-table.js";
import { sklearn, sklearnTable } from "./sklearn-table.js";

const COLUMNS = 20;
const PLANTED = 4;
const names = classifierNames;

interface Table {
  readonly matrix: Matrix;
  readonly labels: Uint8Array;
}

const separable = labelledTable(400, COLUMNS, { informative: PLANTED, shift: 3, seed: "separable" });
const noise = labelledTable(400, COLUMNS, { informative: 0, shift: 0, seed: "noise" });

/** Fits on half of the rows, given as two tables, and predicts the other half. */
async function fitHalf(name: ClassifierName, { matrix, labels }: Table, seed: string) {
  const order = shuffle(createRng("halves"), Int32Array.from(labels.keys()));
  const part = (from: number, to: number): LabelledRows => {
    const rows = order.slice(from, to);
    return { rows, labels: Uint8Array.from(rows, (row) => labels[row]) };
  };
  const [train, heldOut] = [part(0, matrix.rows / 2), part(matrix.rows / 2, matrix.rows)];
  const columns = Int32Array.from({ length: matrix.cols }, (_, column) => column);
  const cut = 150 * matrix.cols;
  const tables = [matrix.data.slice(0, cut), matrix.data.slice(cut)].map((data) => ({
    ...{ rows: data.length / matrix.cols, cols: matrix.cols },
    data,
  }));
  const classifier = await classifiers[name](tables, { seed: "bins", threads: 1 });
  try {
    const result = await classifier.fit({ train, predictRows: heldOut.rows, columns, seed });
    return {
      probabilities: result.probabilities,
      importances: await result.importances(heldOut),
      auc: areaUnderCurve(result.probabilities, heldOut.labels),
    };
  } finally {
    await classifier.close();
  }
}

beforeAll(async () => {
  await startEngine();
});

describe.each(names)("%s", (name) => {
  let found: Awaited<ReturnType<typeof fitHalf>>;

  test("separates what can be separated, finds the columns that do it, leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    found = await fitHalf(name, separable, "s");
    const { auc, probabilities, importances } = found;
    expect(auc).toBeGreaterThan(name === "MLP" ? 0.95 : 0.99);
    expect(probabilities.every((p) => p >= 0 && p <= 1)).toBe(true);
    const planted = Math.min(...importances.slice(0, PLANTED));
    expect(planted).toBeGreaterThan(Math.max(...importances.slice(PLANTED)));
    expect(tf.memory().numTensors).toBe(before);
  });

  // The npm package and the network take their time.
  test.skipIf(name === "ml-random-forest")("follows the seed to the last bit", async () => {
    const again = await fitHalf(name, separable, "s");
    expect(again.probabilities).toEqual(found.probabilities);
    expect(again.importances).toEqual(found.importances);
  });

  test.skipIf(name === "ml-random-forest" || name === "MLP")("makes nothing of noise", async () => {
    const { auc } = await fitHalf(name, noise, "s");
    // Standard deviation of the area for 100 rows of each label: 0.041.
    expect(Math.abs(auc - 0.5)).toBeLessThan(0.13);
  });
});

describe("classifiers that care for sizes", () => {
  test.each(["LogisticRegression", "LinearSVM", "KernelSVM"] as const)(
    "%s does not care for units: increments of 1e-6 are as good as any",
    async (name) => {
      const data = separable.matrix.data.map((value) => value * 1e-6);
      const small = await fitHalf(name, { ...separable, matrix: { ...separable.matrix, data } }, "s");
      const usual = await fitHalf(name, separable, "s");
      for (const [i, p] of usual.probabilities.entries()) expect(small.probabilities[i]).toBeCloseTo(p, 3);
    },
  );

  test.each(names.filter((name) => name !== "ml-random-forest"))(
    "%s refuses what is not finite",
    async (name) => {
      const data = separable.matrix.data.with(COLUMNS + 3, Number.NaN);
      const matrix = { ...separable.matrix, data };
      await expect(classifiers[name]([matrix], { seed: "s", threads: 1 })).rejects.toThrow(RunError);
    },
  );
});

test("LogisticRegression gives scikit-learn's probabilities for the scaled table", async () => {
  const { matrix, train, all } = sklearnTable();
  const columns = Int32Array.from({ length: matrix.cols }, (_, column) => column);
  const classifier = await classifiers.LogisticRegression([matrix], { seed: "s", threads: 1 });
  const { probabilities } = await classifier.fit({ train, predictRows: all.rows, columns, seed: "s" });
  await classifier.close();
  for (const [i, p] of sklearn.logistic_scaled.probabilities.entries())
    expect(probabilities[i]).toBeCloseTo(p, 3);
});

test.each(["LinearSVM", "KernelSVM"] as const)("%s manages with a single row of a label", async (name) => {
  const { matrix, labels } = separable;
  const positive = labels.indexOf(1);
  const negatives = Int32Array.from(labels.keys()).filter((row) => labels[row] === 0);
  const rows = Int32Array.of(positive, ...negatives);
  const train = { rows, labels: Uint8Array.from(rows, (row) => labels[row]) };
  const classifier = await classifiers[name]([matrix], { seed: "s", threads: 1 });
  const columns = Int32Array.of(0, 1, 2, 3);
  const { probabilities } = await classifier.fit({ train, predictRows: rows, columns, seed: "s" });
  await classifier.close();
  expect(probabilities.every((p) => p >= 0 && p <= 1)).toBe(true);
});

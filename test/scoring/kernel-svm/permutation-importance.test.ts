import { beforeAll, describe, expect, test } from "vitest";
import { tf } from "../../../src/engine/tf.js";
import { startEngine } from "../../../src/index.js";
import { createRng } from "../../../src/random/rng.js";
import { radialKernel } from "../../../src/scoring/kernel-svm/kernel-table.js";
import { permutationImportances } from "../../../src/scoring/kernel-svm/permutation-importance.js";
import { columnResponses, type Support } from "../../../src/scoring/kernel-svm/radial-response.js";
import { trainDual } from "../../../src/scoring/kernel-svm/smo.js";
import type { LabelledRows } from "../../../src/scoring/row-classifier.js";
import { labelledTable } from "../random-table.js";

beforeAll(async () => {
  await startEngine();
});

describe.each([
  ["by the series", 0.02],
  ["term by term", 6],
])("a row's decision value with another value in one column, %s", (_, gamma) => {
  const ROWS = 12;
  const SUPPORT = 30;
  const COLUMNS = 5;
  const rng = createRng("response");
  const numbers = (count: number) => Float32Array.from({ length: count }, () => rng.normal());
  const points = numbers((ROWS + SUPPORT) * COLUMNS);
  const coefficients = numbers(SUPPORT);
  const at = (row: number, column: number) => points[row * COLUMNS + column];

  /** Straight from the definition. */
  function decision(row: number, column: number, value: number): number {
    let sum = 0;
    for (let s = 0; s < SUPPORT; s++) {
      let distance = 0;
      for (let j = 0; j < COLUMNS; j++)
        distance += ((j === column ? value : at(row, j)) - at(ROWS + s, j)) ** 2;
      sum += coefficients[s] * Math.exp(-gamma * distance);
    }
    return sum;
  }

  test("equals the sum over support vectors, worked out anew", async () => {
    const before = tf.memory().numTensors;
    const table = tf.tensor2d(points, [ROWS + SUPPORT, COLUMNS]);
    const shares = Float32Array.from({ length: ROWS * SUPPORT }, (_, at) => {
      const [row, s] = [Math.floor(at / SUPPORT), at % SUPPORT];
      let distance = 0;
      for (let j = 0; j < COLUMNS; j++)
        distance += (points[row * COLUMNS + j] - points[(ROWS + s) * COLUMNS + j]) ** 2;
      return coefficients[s] * Math.exp(-gamma * distance);
    });
    const rows = Int32Array.from({ length: ROWS }, (_, row) => row);
    const support: Support = { rows: Int32Array.from({ length: SUPPORT }, (_, s) => ROWS + s), shares };
    const block = { start: 1, width: COLUMNS - 1 };
    const responses = await columnResponses(table, support, rows, gamma, block);
    expect(responses).toHaveLength(COLUMNS - 1);
    for (const [k, { values, decide }] of responses.entries()) {
      for (const row of rows) {
        expect(values[row]).toBe(at(row, k + 1));
        for (const other of [row, 0, ROWS - 1]) {
          const value = values[other];
          expect(Math.abs(decide(row, value) - decision(row, k + 1, value))).toBeLessThan(1e-4);
        }
      }
    }
    table.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("importances", () => {
  const PLANTED = 3;
  const { matrix, labels } = labelledTable(160, 8, { informative: PLANTED, shift: 2, seed: "permute" });
  const gamma = 1 / 8;

  async function importances(seed: string): Promise<Float64Array> {
    const part = (from: number, to: number): LabelledRows => ({
      rows: Int32Array.from({ length: to - from }, (_, i) => from + i),
      labels: labels.slice(from, to),
    });
    const table = tf.tensor2d(matrix.data, [matrix.rows, matrix.cols]);
    try {
      const kernel = await radialKernel(table, gamma);
      const [train, heldOut] = [part(0, 100), part(100, 160)];
      const dual = trainDual(kernel, train.rows, train.labels, { cost: 1, tolerance: 1e-3 });
      const model = { ...dual, kernel, gamma, sigmoid: { slope: 2, offset: 0 }, trainRows: train.rows };
      return await permutationImportances(table, model, heldOut, seed);
    } finally {
      table.dispose();
    }
  }

  test("are high for the columns that tell labels apart and about 0 for the others", async () => {
    const found = await importances("s");
    expect(Math.min(...found.slice(0, PLANTED))).toBeGreaterThan(0.04);
    expect(Math.max(...found.slice(PLANTED).map(Math.abs))).toBeLessThan(0.02);
  });

  test("follow the seed", async () => {
    const first = await importances("a");
    expect(await importances("a")).toEqual(first);
    expect(await importances("b")).not.toEqual(first);
  });
});

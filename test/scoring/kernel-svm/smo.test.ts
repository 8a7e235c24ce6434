import { beforeAll, describe, expect, test } from "vitest";
import { tf } from "../../../src/engine/tf.js";
import { startEngine, UserError } from "../../../src/index.js";
import { type KernelTable, radialKernel } from "../../../src/scoring/kernel-svm/kernel-table.js";
import { trainDual } from "../../../src/scoring/kernel-svm/smo.js";
import { runSvmTask } from "../../../src/scoring/kernel-svm/task.js";
import { maxAbsDifference } from "../../golden.js";
import { sklearn, sklearnTable } from "../sklearn-table.js";

function shared(values: readonly number[]): Float32Array<SharedArrayBuffer> {
  const copy = new Float32Array(new SharedArrayBuffer(4 * values.length));
  copy.set(values);
  return copy;
}

beforeAll(async () => {
  await startEngine();
});

describe("scikit-learn's SVC with the radial kernel", () => {
  const { matrix, all, train } = sklearnTable();
  let kernel: KernelTable;
  beforeAll(async () => {
    const table = tf.tensor2d(matrix.data, [matrix.rows, matrix.cols]);
    const before = tf.memory().numTensors;
    kernel = await radialKernel(table, sklearn.kernel_svm.gamma);
    expect(tf.memory().numTensors).toBe(before);
    table.dispose();
  });

  test("kernel values, worked out one by one", () => {
    const { cols, data } = matrix;
    for (const [a, b] of [
      [0, 0],
      [3, 77],
      [89, 12],
    ]) {
      let distance = 0;
      for (let j = 0; j < cols; j++) distance += (data[a * cols + j] - data[b * cols + j]) ** 2;
      const value = Math.exp(-sklearn.kernel_svm.gamma * distance);
      expect(kernel.values[a * kernel.size + b]).toBeCloseTo(value, 5);
    }
  });

  test("decision values and support vectors", () => {
    const options = { cost: 1, tolerance: 1e-6 };
    const task = { kind: "svm", kernel, trainRows: train.rows, trainLabels: train.labels } as const;
    const result = runSvmTask({ ...task, predictRows: all.rows, ...options });
    expect(maxAbsDifference(result.decisions, sklearn.kernel_svm.decisions)).toBeLessThan(1e-4);
    expect(result.coefficients.filter((c) => c !== 0)).toHaveLength(sklearn.kernel_svm.support);
  });

  test("with scikit-learn's tolerance the conditions of the optimum hold to that", () => {
    const { coefficients, intercept } = trainDual(kernel, train.rows, train.labels, {
      cost: 1,
      tolerance: 1e-3,
    });
    expect(coefficients.reduce((sum, c) => sum + c, 0)).toBeCloseTo(0, 9);
    for (const [i, row] of train.rows.entries()) {
      const side = train.labels[i] === 1 ? 1 : -1;
      let decision = intercept;
      for (const [k, other] of train.rows.entries())
        decision += coefficients[k] * kernel.values[row * kernel.size + other];
      const alpha = side * coefficients[i];
      if (alpha < 1) expect(side * decision).toBeGreaterThan(1 - 2e-3);
      if (alpha > 0) expect(side * decision).toBeLessThan(1 + 2e-3);
    }
  });
});

test("two rows: the solution on paper", () => {
  // K = [[1, k], [k, 1]]: coefficients +-a with 2 a (1 - k) = 2, cut at the cost.
  const kernelOf = (k: number): KernelTable => ({
    size: 2,
    values: shared([1, k, k, 1]),
  });
  const solve = (k: number, cost: number) =>
    trainDual(kernelOf(k), Int32Array.of(0, 1), Uint8Array.of(0, 1), { cost, tolerance: 1e-6 });
  expect([...solve(0, 9).coefficients]).toEqual([-1, 1]);
  expect([...solve(0.75, 9).coefficients]).toEqual([-4, 4]);
  expect([...solve(0.75, 1.5).coefficients]).toEqual([-1.5, 1.5]);
  expect(solve(0.75, 9).intercept).toBe(0);
});

test("rows of both labels that are equal do no harm", () => {
  const values = shared(new Array(16).fill(1));
  const labels = Uint8Array.of(1, 0, 1, 0);
  const { coefficients, intercept } = trainDual({ size: 4, values }, Int32Array.of(0, 1, 2, 3), labels, {
    cost: 1,
    tolerance: 1e-3,
  });
  expect(coefficients.every(Number.isFinite)).toBe(true);
  expect(intercept).toBeCloseTo(0, 9);
});

test("more rows than a kernel can hold are refused before anything is computed", async () => {
  const table = tf.zeros([40_000, 1]) as tf.Tensor2D;
  await expect(radialKernel(table, 1)).rejects.toThrow(UserError);
  table.dispose();
});

import { beforeAll, describe, expect, test } from "vitest";
import { tf } from "../../../src/engine/tf.js";
import { startEngine } from "../../../src/index.js";
import { decisionValues, fitLinearModels } from "../../../src/scoring/linear/linear-fit.js";
import { logisticLoss, type MarginLoss, squaredHingeLoss } from "../../../src/scoring/linear/margin-loss.js";
import { maxAbsDifference } from "../../golden.js";
import { sklearn, sklearnTable } from "../sklearn-table.js";

const { matrix, train } = sklearnTable();
const tight = { cost: 1, tolerance: 1e-7, maxIterations: 1000 };
let table: tf.Tensor2D;

beforeAll(async () => {
  await startEngine();
  table = tf.tensor2d(matrix.data, [matrix.rows, matrix.cols]);
});

describe.each([
  ["LogisticRegression", logisticLoss, sklearn.logistic],
  ["LinearSVC", squaredHingeLoss, sklearn.linear_svm],
] as const)("scikit-learn's %s", (_, loss, expected) => {
  test("coefficients, intercept and decisions; no tensor is left behind", async () => {
    const before = tf.memory().numTensors;
    const [model] = await fitLinearModels(table, [train], loss, tight);
    expect(maxAbsDifference(model.weights, expected.coefficients)).toBeLessThan(2e-4);
    expect(model.intercept).toBeCloseTo(expected.intercept, 3);
    const [decisions] = await decisionValues(table, [model]);
    const wanted =
      "decisions" in expected ? expected.decisions : expected.probabilities.map((p) => Math.log(p / (1 - p)));
    expect(maxAbsDifference(decisions, wanted)).toBeLessThan(1e-3);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("problems fitted together come out as each by itself", async () => {
  const parts = [0, 1, 2].map((part) => ({
    rows: train.rows.filter((row) => row % 3 !== part),
    labels: train.labels.filter((_, row) => row % 3 !== part),
  }));
  const together = await fitLinearModels(table, parts, squaredHingeLoss, tight);
  for (const [i, part] of parts.entries()) {
    const [alone] = await fitLinearModels(table, [part], squaredHingeLoss, tight);
    expect(maxAbsDifference(together[i].weights, alone.weights)).toBeLessThan(1e-4);
  }
});

test.each([
  ["logistic", logisticLoss],
  ["squared hinge", squaredHingeLoss],
] as [string, MarginLoss][])("the slope of the %s loss is its difference quotient", (_, loss) => {
  for (const margin of [-800, -3, -0.2, 0.4, 0.99, 1.5, 800]) {
    const quotient = (loss.value(margin + 1e-6) - loss.value(margin - 1e-6)) / 2e-6;
    expect(loss.slope(margin)).toBeCloseTo(quotient, 3);
  }
});

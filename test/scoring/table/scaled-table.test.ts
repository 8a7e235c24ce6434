import { beforeAll, expect, test } from "vitest";
import { tf } from "../../../src/engine/tf.js";
import { RunError, startEngine } from "../../../src/index.js";
import { ScaledTable } from "../../../src/scoring/table/scaled-table.js";
import { maxAbsDifference } from "../../golden.js";
import { sklearn, sklearnTable } from "../sklearn-table.js";

const { matrix } = sklearnTable();
const columns = Int32Array.from({ length: matrix.cols }, (_, column) => column);
const times = (factor: number) => ({ ...matrix, data: matrix.data.map((value) => value * factor) });

beforeAll(async () => {
  await startEngine();
});

test("rows have mean square length 1 in whatever columns, and keep their proportions", async () => {
  const table = new ScaledTable([matrix]);
  for (const chosen of [columns, Int32Array.of(4, 1)]) {
    const values = await table.at(chosen).data<"float32">();
    expect(values.reduce((sum, value) => sum + value ** 2, 0) / matrix.rows).toBeCloseTo(1, 5);
    const raw = Float32Array.from(values, (_, at) => {
      const row = Math.floor(at / chosen.length);
      return matrix.data[row * matrix.cols + chosen[at % chosen.length]];
    });
    const factor = values[0] / raw[0];
    expect(
      maxAbsDifference(
        values,
        raw.map((value) => value * factor),
      ),
    ).toBeLessThan(1e-6);
  }
  table.close();
});

test("tables lie on each other, and their unit does not matter", async () => {
  const whole = new ScaledTable([matrix]);
  const cut = 17 * matrix.cols;
  const parts = [matrix.data.slice(0, cut), matrix.data.slice(cut)];
  const small = new ScaledTable(
    parts.map((data) => ({
      ...{ rows: data.length / matrix.cols, cols: matrix.cols },
      data: data.map((value) => value * 1e-6),
    })),
  );
  expect(small.rows).toBe(matrix.rows);
  const [expected, actual] = [await whole.at(columns).data(), await small.at(columns).data()];
  expect(maxAbsDifference(actual, expected)).toBeLessThan(1e-6);
  whole.close();
  small.close();
});

test("gamma is scikit-learn's of the scaled rows", async () => {
  const train = { ...matrix, rows: sklearn.train, data: matrix.data.slice(0, sklearn.train * matrix.cols) };
  const table = new ScaledTable([train]);
  const [value] = await table.at(columns).data();
  const factor = value / train.data[0];
  expect(table.scaleGamma(columns) * factor ** 2).toBeCloseTo(sklearn.kernel_svm.gamma, 5);
  table.close();
});

test("one tensor at a time, none after closing; columns asked for again are not uploaded again", () => {
  const before = tf.memory().numTensors;
  const table = new ScaledTable([matrix]);
  const first = table.at(columns);
  expect(table.at(columns)).toBe(first);
  table.at(Int32Array.of(0));
  expect(tf.memory().numTensors).toBe(before + 1);
  table.close();
  expect(tf.memory().numTensors).toBe(before);
});

test("a table of zeros stays one; what is not finite is refused by its column", async () => {
  const zeros = new ScaledTable([times(0)]);
  expect((await zeros.at(columns).data()).every((value) => value === 0)).toBe(true);
  expect(zeros.scaleGamma(columns)).toBe(1);
  zeros.close();
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const data = matrix.data.with(3 * matrix.cols + 2, bad);
    expect(() => new ScaledTable([{ ...matrix, data }])).toThrow(RunError);
    expect(() => new ScaledTable([{ ...matrix, data }])).toThrow("feature 2 of 6");
  }
});

import { describe, expect, test } from "vitest";
import { centredRows } from "../../src/detection/centred-rows.js";
import { classPValue } from "../../src/detection/class-test.js";
import { principalComponents } from "../../src/detection/principal-components.js";
import { suspectsAbove } from "../../src/detection/rank-paths.js";
import { skewScores } from "../../src/detection/skewed-direction.js";
import { whitenWithinClasses } from "../../src/detection/whiten.js";
import { createRng } from "../../src/random/rng.js";

/** Normal rows; the first `odd` have a direction in common, by `shift` deviations of one column. */
function table(seed: number, rows: number, cols: number, odd: number, shift: number) {
  const rng = createRng(`rows-${seed}`);
  const direction = Float64Array.from({ length: cols }, () => rng.normal() / Math.sqrt(cols));
  const data = Float32Array.from({ length: rows * cols }, (_, i) => {
    return rng.normal() + (i < odd * cols ? shift * direction[i % cols] : 0);
  });
  return { rows, cols, data };
}
const all = (rows: number) => Int32Array.from({ length: rows }, (_, i) => i);
const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("the most skewed direction", () => {
  test("a tenth of the rows that share something are the highest, though another direction varies more", async () => {
    const shared = table(1, 300, 40, 30, 8);
    // A column of two halves, far apart: much variance, no skewness.
    for (let row = 0; row < 300; row++) shared.data[row * 40] += row % 2 === 0 ? 3 : -3;
    const scores = await skewScores(shared, all(300));
    const lowest = Math.min(...scores.subarray(0, 30));
    expect(scores.subarray(30).filter((score) => score > lowest).length).toBeLessThan(6);
    // The strongest component alone is that column.
    const [first] = principalComponents(centredRows(shared, all(300)), 1);
    expect(Math.abs(mean(first.subarray(0, 30)))).toBeLessThan(0.5);
  });

  test("a sixth of the rows that share something are found among rows of which a few are far from all others", async () => {
    const shared = table(4, 300, 40, 50, 8);
    const rng = createRng("lengths");
    for (let row = 50; row < 300; row++) {
      const length = Math.exp(rng.normal());
      for (let c = 0; c < 40; c++) shared.data[row * 40 + c] *= length;
    }
    const scores = await skewScores(shared, all(300));
    const lowest = Math.min(...scores.subarray(0, 50));
    expect(scores.subarray(50).filter((score) => score > lowest).length).toBeLessThan(3);
  });

  test("a third of the rows that share something are the highest, though it is less skewed than what others have", async () => {
    const shared = table(6, 120, 60, 40, 12);
    const rng = createRng("skewed columns");
    for (let row = 0; row < 120; row++)
      for (let c = 0; c < 20; c++) shared.data[row * 60 + c] += 0.5 * Math.exp(rng.normal()) - 0.5;
    const scores = await skewScores(shared, all(120));
    expect(Math.min(...scores.subarray(0, 40))).toBeGreaterThan(Math.max(...scores.subarray(40)));
  });

  test("rows are treated alike: in another order they have the same scores", async () => {
    const shared = table(2, 120, 20, 10, 4);
    const forwards = await skewScores(shared, all(120));
    const backwards = (await skewScores(shared, all(120).reverse())).reverse();
    for (const [i, score] of forwards.entries()) expect(backwards[i]).toBeCloseTo(score, 3);
  });

  test("of forty tables without poison p is at most 0.05 in no more than chance gives", async () => {
    const pValues: number[] = [];
    for (let seed = 0; seed < 40; seed++) {
      const scores = await skewScores(table(100 + seed, 100, 20, 0, 0), all(100));
      pValues.push(classPValue(suspectsAbove(scores.subarray(0, 60), scores.subarray(60)), 60));
    }
    // P(more than 7 of 40) is below 0.2 % at 5 %.
    expect(pValues.filter((p) => p <= 0.05).length).toBeLessThanOrEqual(7);
  });
});

test("components have mean 0, variance 1, and no covariance", () => {
  const components = principalComponents(centredRows(table(3, 200, 10, 40, 9), all(200)), 3);
  for (const [a, x] of components.entries()) {
    expect(mean(x)).toBeCloseTo(0, 5);
    for (const [b, y] of components.entries()) {
      const covariance = mean(x.map((value, i) => value * y[i]));
      expect(Math.abs(covariance - (a === b ? 1 : 0))).toBeLessThan(0.1);
    }
  }
  expect(principalComponents(centredRows(table(3, 4, 10, 0, 0), all(4)), 16)).toHaveLength(4);
});

describe("whitening within classes", () => {
  const labels = Int32Array.from({ length: 400 }, (_, row) => row % 2);
  /** Columns in pairs of correlation 0.8, and a third of them constant; the classes lie apart. */
  const rng = createRng("mixed");
  const data = Float32Array.from({ length: 400 * 6 }, () => rng.normal());
  for (let row = 0; row < 400; row++) {
    data[row * 6 + 1] = 0.8 * data[row * 6] + 0.6 * data[row * 6 + 1];
    data[row * 6 + 2] = 100 * data[row * 6 + 2] + 1000 * labels[row];
    data[row * 6 + 4] = 7;
    data[row * 6 + 5] = 0;
  }
  const white = whitenWithinClasses({ rows: 400, cols: 6, data }, labels);

  test("leaves hardly any covariance, no distance between the classes, and constant columns at 0", () => {
    const column = (c: number) => Float64Array.from({ length: 400 }, (_, row) => white.data[row * 6 + c]);
    const covariance = (a: number, b: number) => mean(column(a).map((value, i) => value * column(b)[i]));
    expect(Math.abs(covariance(0, 1))).toBeLessThan(0.15);
    expect(covariance(1, 1) / covariance(0, 0)).toBeGreaterThan(0.8);
    const ofClass = (label: number) => mean(column(2).filter((_, row) => labels[row] === label));
    expect(Math.abs(ofClass(0) - ofClass(1))).toBeLessThan(0.2);
    expect([...column(4), ...column(5)].every((value) => value === 0)).toBe(true);
  });

  test("brings every row to the length of independent columns", () => {
    const length = Math.hypot(...white.data.subarray(0, 6));
    expect(length).toBeCloseTo(Math.sqrt(6), 4);
  });
});

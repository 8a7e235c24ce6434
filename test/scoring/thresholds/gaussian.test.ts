import { describe, expect, test } from "vitest";
import { gaussianThreshold } from "../../../src/scoring/thresholds/gaussian.js";
import { logDensity } from "../../../src/scoring/thresholds/gaussian-mixture.js";
import { normals } from "../random-table.js";
import { goldenCases } from "./golden-thresholds.js";

describe.each(goldenCases())("scikit-learn's mixture: %s", (_name, { scores, gmm }) => {
  const result = gaussianThreshold(scores);
  const [low, high]: (0 | 1)[] = gmm.means[0] <= gmm.means[1] ? [0, 1] : [1, 0];

  test("the same parameters", () => {
    for (const [ours, theirs] of [
      [0, low],
      [1, high],
    ]) {
      expect(result.means[ours]).toBeCloseTo(gmm.means[theirs], 7);
      expect(result.stds[ours]).toBeCloseTo(Math.sqrt(gmm.variances[theirs]), 7);
      expect(result.weights[ours]).toBeCloseTo(gmm.weights[theirs], 7);
    }
  });

  test("the same weighted densities", () => {
    const { x, component_0, component_1 } = gmm.weighted_density;
    x.forEach((score, i) => {
      const theirs = [component_0[i], component_1[i]];
      for (const [ours, index] of [
        [0, low],
        [1, high],
      ] as const) {
        const density = Math.exp(logDensity(result, ours, score));
        expect(Math.abs(density - theirs[index])).toBeLessThan(1e-6 * Math.max(1, theirs[index]));
      }
    });
  });

  test("the threshold is their first sign change between the means, or the midpoint", () => {
    const grid = (index: number): number => linspace(Math.min(...scores), Math.max(...scores), index);
    const between = gmm.crossings.map(grid).filter((x) => x > gmm.means[low] && x < gmm.means[high]);
    expect(result.crossed).toBe(between.length > 0);
    const expected = between.length > 0 ? between[0] : (gmm.means[0] + gmm.means[1]) / 2;
    expect(result.threshold).toBeCloseTo(expected, 8);
    if (gmm.threshold !== null && result.crossed) expect(result.threshold).toBeCloseTo(gmm.threshold, 8);
  });
});

test("two groups that mirror each other are parted half-way", () => {
  const half = normals(400, "mirrored groups");
  const { threshold, crossed } = gaussianThreshold([...half.map((x) => x - 5), ...half.map((x) => 5 - x)]);
  expect(crossed).toBe(true);
  expect(threshold).toBeCloseTo(0, 1);
});

test("the order of the scores does not matter", () => {
  const scores = normals(50, "order");
  expect(gaussianThreshold([...scores].reverse())).toEqual(gaussianThreshold(scores));
});

test("one value, once or often, is its own threshold", () => {
  for (const scores of [[0.3], [0.3, 0.3, 0.3]]) {
    expect(gaussianThreshold(scores)).toMatchObject({ threshold: 0.3, crossed: false, means: [0.3, 0.3] });
  }
});

test("two values make a threshold between them", () => {
  const { threshold } = gaussianThreshold([0.2, 0.8]);
  expect(threshold).toBeGreaterThan(0.2);
  expect(threshold).toBeLessThan(0.8);
});

test("nothing lies above the threshold of no scores", () => {
  expect(gaussianThreshold([]).threshold).toBeNaN();
});

test("a score that is not a number is refused", () => {
  expect(() => gaussianThreshold([0.1, Number.NaN])).toThrow("NaN");
});

function linspace(lowest: number, highest: number, index: number): number {
  return lowest + (index * (highest - lowest)) / 999;
}

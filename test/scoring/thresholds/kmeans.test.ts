import { describe, expect, test } from "vitest";
import { isSeparated, kmeansThreshold } from "../../../src/scoring/thresholds/kmeans.js";
import { normals } from "../random-table.js";
import { goldenCases } from "./golden-thresholds.js";

describe.each(goldenCases())("scikit-learn's clusters: %s", (_name, { scores, kmeans }) => {
  const { centers, lowMax, highMin, threshold } = kmeansThreshold(scores);

  test("the same samples are in the higher cluster", () => {
    const highLabel = kmeans.cluster_0_is_high ? 0 : 1;
    expect(scores.map((score) => score > threshold)).toEqual(
      kmeans.labels.map((label) => label === highLabel),
    );
  });

  test("the same centres, whatever their order there", () => {
    const [low, high] = [...kmeans.centres].sort((a, b) => a - b);
    expect(centers[0]).toBeCloseTo(low, 8);
    expect(centers[1]).toBeCloseTo(high, 8);
  });

  test("the threshold is the middle of the gap, as there when cluster 0 is the high one", () => {
    expect(threshold).toBe((lowMax + highMin) / 2);
    if (kmeans.cluster_0_is_high) expect(threshold).toBeCloseTo(kmeans.threshold, 8);
  });
});

test("the cut leaves the least inertia of all cuts", () => {
  for (const seed of ["a", "b", "c"]) {
    const scores = normals(40, seed);
    const sorted = [...scores].sort((a, b) => a - b);
    const inertias = sorted
      .slice(1)
      .map((_, i) => inertia(sorted.slice(0, i + 1)) + inertia(sorted.slice(i + 1)));
    const best = inertias.indexOf(Math.min(...inertias));
    expect(kmeansThreshold(scores)).toMatchObject({ lowMax: sorted[best], highMin: sorted[best + 1] });
  }
});

test("the order of the scores does not matter", () => {
  const scores = normals(50, "order");
  expect(kmeansThreshold([...scores].reverse())).toEqual(kmeansThreshold(scores));
});

test("equal scores stay together", () => {
  expect(kmeansThreshold([1, 1, 1, 0, 0])).toMatchObject({ lowMax: 0, highMin: 1, threshold: 0.5 });
});

test("one value, once or often, makes one cluster and nothing lies above it", () => {
  for (const scores of [[0.3], [0.3, 0.3, 0.3]]) {
    expect(kmeansThreshold(scores)).toEqual({
      threshold: 0.3,
      centers: [0.3, 0.3],
      lowMax: 0.3,
      highMin: 0.3,
      separation: 0,
    });
  }
});

test("nothing lies above the threshold of no scores", () => {
  const { threshold } = kmeansThreshold([]);
  expect(threshold).toBeNaN();
  expect(1 > threshold).toBe(false);
});

test("neighbouring numbers are told apart", () => {
  const next = 1 + Number.EPSILON;
  const { threshold } = kmeansThreshold([1, next]);
  expect([1 > threshold, next > threshold]).toEqual([false, true]);
});

test("a score that is not a number is refused", () => {
  expect(() => kmeansThreshold([0.1, Number.NaN])).toThrow("NaN");
});

describe("separation", () => {
  test("the halves of one group are not separated", () => {
    const uniform = Array.from({ length: 500 }, (_, i) => i / 500);
    const exponential = uniform.map((share) => -Math.log(1 - share));
    for (const scores of [uniform, exponential, normals(500, "one group")]) {
      const result = kmeansThreshold(scores);
      expect(isSeparated(result)).toBe(false);
      expect(result.separation).toBeLessThan(3.6);
    }
  });

  test("two groups six standard deviations apart are", () => {
    const scores = normals(500, "two groups").map((score, i) => score + (i % 2) * 6);
    const result = kmeansThreshold(scores);
    expect(isSeparated(result)).toBe(true);
    expect(result.separation).toBeCloseTo(6, 0);
  });

  test("is infinite between two values, and none with one", () => {
    expect(kmeansThreshold([0, 0, 1]).separation).toBe(Number.POSITIVE_INFINITY);
    expect(isSeparated(kmeansThreshold([0.5, 0.5]))).toBe(false);
  });
});

function inertia(values: number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

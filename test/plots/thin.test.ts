import { expect, test } from "vitest";
import { thin } from "../../src/plots/thin.js";
import { createRng } from "../../src/random/rng.js";

function cloud(count: number) {
  const rng = createRng("cloud");
  return Array.from({ length: count }, (_, i) => ({ x: i, y: rng.normal(), group: i % 2 }));
}

test("few points are all drawn", () => {
  const points = cloud(10);
  expect(thin(10, 2, (i) => points[i], 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(thin(0, 2, (i) => points[i])).toEqual([]);
});

test("many points are thinned to the limit, always the same way, in order and without repetition", () => {
  const points = cloud(50_000);
  const shown = thin(points.length, 2, (i) => points[i], 1000);
  expect(shown.length).toBeLessThanOrEqual(1000);
  expect(shown.length).toBeGreaterThan(900);
  expect(shown).toEqual([...new Set(shown)].sort((a, b) => a - b));
  expect(thin(points.length, 2, (i) => points[i], 1000)).toEqual(shown);
});

test("outliers stay, and dense places stay dense", () => {
  const points = cloud(50_000);
  points[31_415].y = 60;
  points[31_413].y = 59.9;
  points[27_182].y = -60;
  const shown = thin(points.length, 2, (i) => points[i], 1000);
  expect(shown).toContain(31_415);
  expect(shown).toContain(31_413);
  expect(shown).toContain(27_182);
  const rest = shown.filter((i) => Math.abs(points[i].y) < 50);
  expect(rest.filter((i) => i < 25_000).length / rest.length).toBeCloseTo(0.5, 1);
});

test("points in one place are drawn a limited number of times", () => {
  const same = { x: 1, y: 2, group: 0 };
  expect(thin(10_000, 1, () => same, 100).length).toBeLessThanOrEqual(100);
});

import { expect, test } from "vitest";
import { createRng } from "../../src/random/rng.js";
import { areaInterval } from "../../src/statistics/area-interval.js";
import { areaUnderRoc } from "../../src/statistics/ranks.js";

test("holds the area found, is symmetric, and narrows with more samples", () => {
  const { lower, upper } = areaInterval(0.8, 36, 24);
  expect(lower).toBeLessThan(0.8);
  expect(upper).toBeGreaterThan(0.8);
  expect(areaInterval(0.2, 24, 36).upper).toBeCloseTo(1 - lower, 10);
  const many = areaInterval(0.8, 360, 240);
  expect(many.lower).toBeGreaterThan(lower);
  expect(many.upper).toBeLessThan(upper);
});

test("where nothing overlaps the interval is one-sided, and not empty", () => {
  const { lower, upper } = areaInterval(1, 36, 24);
  expect(upper).toBe(1);
  expect(lower).toBeGreaterThan(0.85);
  expect(lower).toBeLessThan(0.97);
  expect(areaInterval(0, 36, 24).lower).toBe(0);
});

test("holds the true area about 19 times of 20", () => {
  const rng = createRng("area-interval");
  // Normal scores a standard deviation apart: the true area is 0.76025.
  const draw = (count: number, centre: number) =>
    Float64Array.from({ length: count }, () => centre + rng.normal());
  const held = Array.from({ length: 1000 }, () => {
    const area = areaUnderRoc(draw(30, 1), draw(20, 0)) ?? 0;
    const { lower, upper } = areaInterval(area, 30, 20);
    return lower <= 0.76025 && 0.76025 <= upper;
  }).filter(Boolean).length;
  expect(held).toBeGreaterThan(925);
  expect(held).toBeLessThan(990);
});

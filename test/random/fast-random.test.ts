import { expect, test } from "vitest";
import { fastIntegers } from "../../src/random/fast-random.js";

test("draws are uniform below the bound", () => {
  const draw = fastIntegers(5);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) counts[draw(10)]++;
  // Standard deviation of a count: 95.
  expect(Math.min(...counts)).toBeGreaterThan(9600);
  expect(Math.max(...counts)).toBeLessThan(10_400);
});

test("the same seed draws the same, neighbouring seeds do not", () => {
  const first = (seed: number): number[] => Array.from({ length: 8 }, fastIntegers(seed).bind(null, 1e9));
  expect(first(1)).toEqual(first(1));
  expect(first(1)).not.toEqual(first(2));
});

import { expect, test } from "vitest";
import { blendInto, noisePattern } from "../../../src/attacks/blend/noise-pattern.js";

test("alpha of the pattern and the rest of the image, rounded", () => {
  const image = Uint8Array.of(0, 100, 255, 10);
  blendInto(image, Uint8Array.of(255, 50, 0, 13), 0.2);
  expect([...image]).toEqual([51, 90, 204, 11]);
  blendInto(image, Uint8Array.of(1, 2, 3, 4), 1);
  expect([...image]).toEqual([1, 2, 3, 4]);
});

test("the pattern is uniform noise, always the same, a shorter one the start of a longer", () => {
  const pattern = noisePattern(3072);
  expect([...noisePattern(10)]).toEqual([...pattern.subarray(0, 10)]);
  const mean = pattern.reduce((sum, level) => sum + level, 0) / pattern.length;
  // 4 standard errors of a uniform mean: 4 * 74 / sqrt(3072).
  expect(Math.abs(mean - 127.5)).toBeLessThan(5.4);
  expect(new Set(pattern).size).toBe(256);
});

import { expect, test } from "vitest";
import { drawControl } from "../../src/experiment/draw-control.js";
import { createRng } from "../../src/random/rng.js";

/** 100 samples, a third of each class. */
const labels = Int32Array.from({ length: 100 }, (_, id) => id % 3);
const draw = (excluded: readonly number[], seed: number) =>
  drawControl(Int32Array.from(excluded), labels, createRng(seed));

test("as many of each class as were excluded, each once, by the seed alone", () => {
  const excluded = [0, 3, 6, 9, 1];
  const drawn = draw(excluded, 1);
  expect([...drawn].map((id) => id % 3).sort()).toEqual([0, 0, 0, 0, 1]);
  expect(new Set(drawn).size).toBe(5);
  expect([...drawn]).toEqual([...drawn].sort((a, b) => a - b));
  expect(draw(excluded, 1)).toEqual(drawn);
  // Who was excluded does not matter, but how many.
  expect(draw([96, 93, 90, 87, 97], 1)).toEqual(drawn);
  expect(draw(excluded, 2)).not.toEqual(drawn);
  expect(draw([], 1)).toHaveLength(0);
});

test("every sample of the class can be drawn, those excluded as well", () => {
  const seen = new Set(Array.from({ length: 60 }, (_, seed) => [...draw([0, 3, 6, 9], seed)]).flat());
  expect(seen.size).toBe(34);
  expect(
    draw(
      Array.from({ length: 34 }, (_, i) => 3 * i),
      1,
    ),
  ).toHaveLength(34);
});

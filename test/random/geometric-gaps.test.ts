import { expect, test } from "vitest";
import { fastUniforms } from "../../src/random/fast-random.js";
import { geometricGaps } from "../../src/random/geometric-gaps.js";

/** Every draw, those at the ends of slices and those where the number changes. */
function draws(probability: number): number[] {
  const uniform = fastUniforms(7);
  const ends = Array.from({ length: 4096 }, (_, k) => k / 4096);
  const steps = Array.from({ length: 60 }, (_, k) => 1 - (1 - probability) ** k);
  const near = [...ends, ...steps].flatMap((u) => [u - 2 ** -32, u, u + 2 ** -32]);
  const random = Array.from({ length: 50_000 }, uniform);
  return [...random, ...near, 1 - 2 ** -32].filter((u) => u >= 0 && u < 1);
}

test.each([0.1, 0.2, 0.5, 0.97])("the numbers of the formula, probability %d", (probability) => {
  const gap = geometricGaps(probability);
  const wrong = draws(probability).filter(
    (u) => gap(u) !== Math.floor(Math.log1p(-u) * (1 / Math.log1p(-probability))),
  );
  expect(wrong).toEqual([]);
});

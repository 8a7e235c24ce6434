import { expect, test } from "vitest";
import { benjaminiHochberg, holm, smallestFlaggable } from "../../src/detection/adjusted-p-values.js";
import { conformalPValues } from "../../src/detection/conformal.js";
import { createRng } from "../../src/random/rng.js";

const rng = createRng("p");

/** Flags by the definition: the k smallest, k the largest with p_(k) <= q k / m. */
function flaggedByDefinition(p: Float64Array, q: number): boolean[] {
  const sorted = [...p].sort((a, b) => a - b);
  const k = sorted.findLastIndex((value, i) => value <= (q * (i + 1)) / p.length);
  return [...p].map((value) => k >= 0 && value <= sorted[k]);
}

/** Rejections by the definition: step down from the smallest while p <= alpha / (hypotheses left). */
function rejectedByDefinition(p: Float64Array, alpha: number): boolean[] {
  const order = [...p.keys()].sort((a, b) => p[a] - p[b]);
  const stop = order.findIndex((at, rank) => p[at] > alpha / (p.length - rank));
  const rejected = new Set(stop < 0 ? order : order.slice(0, stop));
  return [...p.keys()].map((at) => rejected.has(at));
}

test("the adjusted values at most a level are what the procedures reject at it", () => {
  for (let round = 0; round < 200; round++) {
    const p = Float64Array.from(
      { length: 1 + rng.int(12) },
      () => (1 + rng.int(40)) / 40 / (1 + 9 * rng.int(2)),
    );
    for (const level of [0.0131, 0.0517, 0.1103, 0.3019]) {
      expect([...benjaminiHochberg(p)].map((value) => value <= level)).toEqual(flaggedByDefinition(p, level));
      expect([...holm(p)].map((value) => value <= level)).toEqual(rejectedByDefinition(p, level));
    }
  }
});

test("worked by hand", () => {
  const p = Float64Array.of(0.04, 0.01, 0.5, 0.03);
  expect([...benjaminiHochberg(p)]).toEqual([(4 * 0.04) / 3, 0.04, 0.5, (4 * 0.04) / 3]);
  expect([...holm(p)]).toEqual([0.09, 0.04, 0.5, 0.09]);
});

test("fewer suspects above all trusted than the smallest flaggable number flag nothing, that many do", () => {
  for (const [m, n, q] of [
    [5000, 200, 0.1],
    [1300, 100, 0.1],
    [97, 19, 0.05],
    [500, 9, 0.2],
  ]) {
    const least = smallestFlaggable(m, n, q);
    const reference = Float64Array.from({ length: n }, (_, i) => i);
    const flags = (count: number) => {
      const scores = Float64Array.from({ length: m }, (_, i) => (i < count ? n : -1));
      return benjaminiHochberg(conformalPValues(scores, reference)).filter((value) => value <= q).length;
    };
    expect(flags(Math.min(m, least - 1))).toBe(0);
    if (least <= m) expect(flags(least)).toBe(least);
  }
  expect([50, 200, 500, 1000, 2500].map((n) => smallestFlaggable(5000, n, 0.1))).toEqual([
    981, 249, 100, 50, 20,
  ]);
});

test("with conformal p-values the share of clean among the flagged is at most q on average", () => {
  const [m, n, poisons, q] = [60, 40, 15, 0.2];
  const shares = Array.from({ length: 300 }, () => {
    const scores = Float64Array.from({ length: m }, (_, i) => rng.normal() + (i < poisons ? 3 : 0));
    const reference = Float64Array.from({ length: n }, () => rng.normal());
    const flagged = [...benjaminiHochberg(conformalPValues(scores, reference)).entries()].filter(
      ([, value]) => value <= q,
    );
    const clean = flagged.filter(([i]) => i >= poisons).length;
    return flagged.length > 0 ? clean / flagged.length : 0;
  });
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  // q m0 / m = 0.15 is what the theory gives; 4 standard errors are 0.04.
  expect(mean).toBeLessThan(0.19);
  expect(mean).toBeGreaterThan(0.08);
});

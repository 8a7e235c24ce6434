import { expect, test } from "vitest";
import { drawCleanGroups } from "../../src/provenance/clean-groups.js";
import { createRng } from "../../src/random/rng.js";

const reference = Int32Array.from({ length: 12 }, (_, i) => 10 * i);
const draw = (batch: number[], count: number, seed: string | number = "seed") =>
  drawCleanGroups(Int32Array.from(batch), reference, count, createRng(seed));

test("two disjoint groups of the size asked for, all from the reference, none twice", () => {
  for (let seed = 0; seed < 50; seed++) {
    const { clean1, clean2 } = draw([0, 5, 20, 30], 3, seed);
    const all = [...clean1, ...clean2];
    expect([clean1.length, clean2.length]).toEqual([3, 3]);
    expect(new Set(all).size).toBe(6);
    expect(all.every((id) => reference.includes(id))).toBe(true);
  }
});

test("the batch's own reference samples come first, clean-1 before clean-2", () => {
  for (let seed = 0; seed < 50; seed++) {
    const { clean1, clean2 } = draw([0, 5, 20, 30, 7], 2, seed);
    expect([...clean1].every((id) => [0, 20, 30].includes(id))).toBe(true);
    expect([...clean2].filter((id) => [0, 20, 30].includes(id))).toHaveLength(1);
  }
});

test("a batch with more than enough: nothing from outside, and the draw chooses", () => {
  const batch = [0, 10, 20, 30, 40, 50];
  const draws = Array.from({ length: 20 }, (_, seed) => draw(batch, 2, seed));
  for (const { clean1, clean2 } of draws) {
    expect([...clean1, ...clean2].every((id) => batch.includes(id))).toBe(true);
  }
  expect(new Set(draws.map(({ clean1 }) => clean1.join())).size).toBeGreaterThan(5);
});

test("the stream decides", () => {
  expect(draw([1, 2], 4)).toEqual(draw([1, 2], 4));
  expect(draw([1, 2], 4)).not.toEqual(draw([1, 2], 4, "other"));
});

test("just enough is enough, one more is refused; none is none", () => {
  expect(draw([1], 6).clean2).toHaveLength(6);
  expect(() => draw([1], 7)).toThrow(/Cannot draw 14 of 12/);
  expect(draw([1], 0)).toEqual({ clean1: new Int32Array(0), clean2: new Int32Array(0) });
});

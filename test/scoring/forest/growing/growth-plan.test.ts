import { describe, expect, test } from "vitest";
import { createRng } from "../../../../src/random/rng.js";
import { planGrowth } from "../../../../src/scoring/forest/growing/growth-plan.js";

/** When the last thread is done if each takes the next task as soon as it is free, at its own speed. */
function makespan(tasks: readonly number[], sizes: readonly number[], speeds: readonly number[]): number {
  const freeAt = speeds.map(() => 0);
  let tree = 0;
  for (const count of tasks) {
    const thread = freeAt.indexOf(Math.min(...freeAt));
    for (const end = tree + count; tree < end; tree++) freeAt[thread] += sizes[tree] / speeds[thread];
  }
  return Math.max(...freeAt);
}

/** No division is faster: all threads at work to the end, or one of them at work on the largest tree. */
const lowerBound = (sizes: readonly number[], speeds: readonly number[]): number =>
  Math.max(sum(sizes) / sum(speeds), Math.max(...sizes) / Math.max(...speeds));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Mean of makespan / lower bound over forests whose trees differ by a factor of three. */
function excess(threads: number, slowest = 1): number {
  const rng = createRng("trees");
  const forests = 50;
  let total = 0;
  for (let forest = 0; forest < forests; forest++) {
    const sizes = Array.from({ length: 200 }, () => 0.5 + rng.uniform());
    const speeds = Array.from({ length: threads }, () => slowest + (1 - slowest) * rng.uniform());
    total += makespan(planGrowth(200, threads), sizes, speeds) / lowerBound(sizes, speeds);
  }
  return total / forests;
}

describe("200 uneven trees end near the lower bound", () => {
  test.each([
    [2, 1.03],
    [3, 1.04],
    [6, 1.07],
    [8, 1.08],
    [32, 1.2],
    [192, 1.5],
  ])("on %i threads: %f of it at most", (threads, most) => {
    expect(excess(threads)).toBeLessThan(most);
  });

  test.each([
    [2, 1.06],
    [3, 1.1],
    [6, 1.12],
    [8, 1.15],
  ])("on %i threads of uneven speed: %f of it at most", (threads, most) => {
    expect(excess(threads, 0.6)).toBeLessThan(most);
  });
});

test.each([1, 2, 3, 6, 8, 32, 192, 500])("every tree is grown once, and %i threads have work", (threads) => {
  for (const trees of [1, 10, 99, 200, 1000]) {
    for (const mostTogether of [1, 7, 50]) {
      const tasks = planGrowth(trees, threads, mostTogether);
      expect(sum(tasks)).toBe(trees);
      expect(tasks.length).toBeGreaterThanOrEqual(Math.min(trees, threads));
      expect(Math.max(...tasks)).toBeLessThanOrEqual(mostTogether);
      expect(tasks).toEqual([...tasks].sort((a, b) => b - a));
    }
  }
});

test("few threads grow many trees together", () => {
  expect(planGrowth(200, 2)).toEqual([38, 38, 37, 37, 25, 25]);
});

import { expect, test } from "vitest";
import { pairings } from "../../../src/attacks/hidden-trigger/pairing.js";
import { createRng } from "../../../src/random/rng.js";

const n = 6;
const identity = Int32Array.from({ length: n }, (_, i) => i);

/** [n, n]; few different values, so that there are ties, or many. */
function randomDistances(seed: string, values = 1000): Float32Array {
  const rng = createRng(seed);
  return Float32Array.from({ length: n * n }, () => rng.int(values));
}
const cases = Array.from({ length: 20 }, (_, i) => randomDistances(`distances ${i}`, i % 2 ? 4 : 1000));

const costOf = (distances: Float32Array, goals: ArrayLike<number>): number =>
  Array.from(goals).reduce((sum, goal, image) => sum + distances[goal * n + image], 0);

function permutations(values: number[]): number[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value) =>
    permutations(values.filter((other) => other !== value)).map((rest) => [value, ...rest]),
  );
}
const allPairings = permutations([...identity]);

test("greedy takes the closest pair that is left, the first in row order among equals", () => {
  for (const distances of cases) {
    const left = Float64Array.from(distances);
    const expected = new Int32Array(n);
    for (let k = 0; k < n; k++) {
      let closest = 0;
      for (let cell = 0; cell < n * n; cell++) if (left[cell] < left[closest]) closest = cell;
      const [goal, image] = [Math.floor(closest / n), closest % n];
      expected[image] = goal;
      for (let i = 0; i < n; i++) left[goal * n + i] = left[i * n + image] = Number.POSITIVE_INFINITY;
    }
    const goals = pairings.greedy(distances, identity);
    expect(goals).toEqual(expected);
    expect([...goals].sort()).toEqual([...identity]);
  }
});

test("hungarian has the least cost of all one-to-one pairings, so never more than greedy", () => {
  for (const distances of cases) {
    const goals = pairings.hungarian(distances, identity);
    expect([...goals].sort()).toEqual([...identity]);
    const least = Math.min(...allPairings.map((pairing) => costOf(distances, pairing)));
    expect(costOf(distances, goals)).toBe(least);
    expect(least).toBeLessThanOrEqual(costOf(distances, pairings.greedy(distances, identity)));
  }
});

test("art masks a pair alone, and overwrites the goals it chooses from", () => {
  // The goals as they would be stored, and overwritten, in an array of features.
  const stored = [...identity];
  let previous: Int32Array = identity;
  const distinct: number[] = [];
  for (const distances of cases) {
    const copy = [...stored];
    const cells = Float64Array.from({ length: n * n }, (_, cell) => {
      return distances[copy[Math.floor(cell / n)] * n + (cell % n)];
    });
    for (let k = 0; k < n; k++) {
      let closest = 0;
      for (let cell = 0; cell < n * n; cell++) if (cells[cell] < cells[closest]) closest = cell;
      stored[closest % n] = copy[Math.floor(closest / n)];
      cells[closest] = 1e5;
    }
    previous = pairings.art(distances, previous);
    expect([...previous]).toEqual(stored);
    distinct.push(new Set(previous).size);
  }
  // Goals get lost and do not come back.
  expect(distinct[0]).toBeLessThan(n);
  expect(distinct).toEqual([...distinct].sort((a, b) => b - a));
});

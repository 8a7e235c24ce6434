import { describe, expect, test } from "vitest";
import {
  classPValue,
  simultaneousBoundary,
  smallestNoticed,
  topExcess,
} from "../../src/detection/class-test.js";
import { notCleanAtLeast } from "../../src/detection/lower-bound.js";
import { boundaries, crossingChance, eachSurvival, suspectsAbove } from "../../src/detection/rank-paths.js";
import { createRng } from "../../src/random/rng.js";
import { allRankings, scoresOf } from "./rankings.js";

const [m, n] = [5, 4];
const rankings = [...allRankings(m, n)].map((ranking) => {
  const { suspects, reference } = scoresOf(ranking);
  return suspectsAbove(suspects, reference);
});
const share = (is: (above: Int32Array) => boolean) => rankings.filter(is).length / rankings.length;

test("suspects above each trusted sample; equal scores count against a finding", () => {
  const above = suspectsAbove(Float64Array.of(9, 5, 5, 7, 1), Float64Array.of(5, 8, 0));
  expect([...above]).toEqual([1, 2, 5]);
  expect([...suspectsAbove(new Float64Array(0), Float64Array.of(1, 2))]).toEqual([0, 0]);
});

describe("against all rankings", () => {
  test("how many suspects are above the j-th trusted sample", () => {
    eachSurvival({ m, n }, (j, survival) => {
      for (let a = 0; a <= m + 1; a++)
        expect(survival[a], `j ${j}, a ${a}`).toBeCloseTo(
          share((above) => above[j - 1] >= a),
          12,
        );
    });
  });

  test("the chance to cross a boundary, whatever its shape", () => {
    const rng = createRng("boundary");
    for (let round = 0; round < 100; round++) {
      const boundary = Int32Array.from({ length: n }, () => rng.int(m + 3) - 1);
      const expected = share((above) => above.some((a, j) => a > boundary[j]));
      expect(crossingChance({ m, n }, boundary)).toBeCloseTo(expected, 12);
    }
  });

  test("a boundary is the lowest that is crossed with at most its chance", () => {
    const levels = [0.01, 0.1, 0.35, 1];
    boundaries({ m, n }, levels).forEach((boundary, i) => {
      boundary.forEach((b, j) => {
        expect(share((above) => above[j] > b)).toBeLessThanOrEqual(levels[i]);
        if (b >= 0) expect(share((above) => above[j] > b - 1)).toBeGreaterThan(levels[i]);
      });
    });
  });

  test("the class test's p is the share of rankings as extreme", () => {
    const statistics = rankings.map((above) => topExcess(above, m));
    rankings.forEach((above, i) => {
      // Sums of different order: equal ones differ in the last digits.
      const expected = statistics.filter((value) => value <= statistics[i] * (1 + 1e-9)).length;
      expect(classPValue(above, m)).toBeCloseTo(expected / rankings.length, 12);
    });
  });

  test("clean suspects get a bound above 0, for any cut, with a chance of at most the level", () => {
    for (const level of [0.05, 0.2, 0.5]) {
      const wrong = share((above) => notCleanAtLeast(above, m, level).some((least) => least > 0));
      expect(wrong).toBeLessThanOrEqual(level);
      expect(wrong).toBe(
        share((above) => above.some((a, j) => a > simultaneousBoundary({ m, n }, level)[j])),
      );
    }
    expect(share((above) => notCleanAtLeast(above, m, 0.2)[m] > 0)).toBeGreaterThan(0.1);
  });
});

test("the class test on 2,000 clean draws of a real size; p is as small as it should be, and no smaller", () => {
  const rng = createRng("null");
  const draw = (count: number) => Float64Array.from({ length: count }, () => rng.normal());
  const p = Array.from({ length: 2000 }, () => classPValue(suspectsAbove(draw(60), draw(15)), 60));
  for (const level of [0.01, 0.05, 0.2]) {
    const rate = p.filter((value) => value <= level).length / p.length;
    const error = Math.sqrt((level * (1 - level)) / p.length);
    expect(rate, `level ${level}`).toBeLessThan(level + 4 * error);
    expect(rate, `level ${level}`).toBeGreaterThan(0.6 * level - 4 * error);
  }
});

test("no trusted samples or no suspects: no evidence", () => {
  expect(classPValue(new Int32Array(0), 5)).toBe(1);
  expect(classPValue(Int32Array.of(0, 0), 0)).toBe(1);
  expect(smallestNoticed({ m: 0, n: 5 }, 0.05, 0.8)).toBeUndefined();
  expect([...notCleanAtLeast(new Int32Array(0), 2, 0.05)]).toEqual([0, 0, 0]);
  // With a single trusted sample the whole class above it has a chance of 1 in m + 1.
  expect(classPValue(Int32Array.of(9), 9)).toBeCloseTo(0.1, 12);
  expect(smallestNoticed({ m: 9, n: 1 }, 0.05, 0.8)).toBeUndefined();
});

test("bounds hold for all cuts at once where poisons are mixed in, in 19 of 20 data sets", () => {
  const rng = createRng("bound");
  const [suspects, poisons, trusted, level] = [80, 20, 25, 0.1];
  let [broken, useful] = [0, 0];
  const rounds = 500;
  for (let round = 0; round < rounds; round++) {
    const scored = Array.from({ length: suspects }, (_, i) => ({
      isPoison: i < poisons,
      score: rng.normal() + (i < poisons ? 2.5 : 0),
    })).sort((a, b) => b.score - a.score);
    const reference = Float64Array.from({ length: trusted }, () => rng.normal());
    const above = suspectsAbove(
      Float64Array.from(scored, ({ score }) => score),
      reference,
    );
    const bound = notCleanAtLeast(above, suspects, level);
    let found = 0;
    const isBroken = scored.some(({ isPoison }, rank) => {
      if (isPoison) found++;
      return bound[rank + 1] > found;
    });
    if (isBroken) broken++;
    useful += bound[suspects];
  }
  expect(broken / rounds).toBeLessThan(level + 4 * Math.sqrt((level * (1 - level)) / rounds));
  expect(useful / rounds).toBeGreaterThan(1);
});

test("as many poisons as are said to be noticed are noticed that often, and fewer are not", () => {
  const rng = createRng("power");
  const [suspects, trusted, level, power] = [100, 20, 0.05, 0.8];
  const least = smallestNoticed({ m: suspects, n: trusted }, level, power) ?? 0;
  const rate = (poisons: number) => {
    const rounds = 600;
    let noticed = 0;
    for (let round = 0; round < rounds; round++) {
      const scores = Float64Array.from({ length: suspects }, (_, i) => (i < poisons ? 9 : rng.uniform()));
      const reference = Float64Array.from({ length: trusted }, () => rng.uniform());
      if (classPValue(suspectsAbove(scores, reference), suspects) <= level) noticed++;
    }
    return noticed / rounds;
  };
  expect(rate(least)).toBeGreaterThan(power - 0.05);
  expect(rate(least - 4)).toBeLessThan(power);
  expect(least).toBeLessThan(30);
});

import { expect, test } from "vitest";
import { benjaminiHochberg } from "../../src/detection/adjusted-p-values.js";
import { conformalPValues } from "../../src/detection/conformal.js";
import { conformalEValues, eBenjaminiHochberg, meanOf } from "../../src/detection/e-values.js";
import { createRng, shuffle } from "../../src/random/rng.js";
import { allRankings, scoresOf } from "./rankings.js";

const rng = createRng("e");
const drawn = (count: number, shift = 0) => Float64Array.from({ length: count }, () => rng.normal() + shift);

test("one split at the same level flags what Benjamini-Hochberg flags", () => {
  let flaggedSome = 0;
  for (let round = 0; round < 200; round++) {
    const scores = Float64Array.of(...drawn(25, 2), ...drawn(15));
    const reference = drawn(20);
    const p = benjaminiHochberg(conformalPValues(scores, reference));
    const expected = [...p].map((value) => (value <= 0.1 + 1e-12 ? 1 : 0));
    const flagged = eBenjaminiHochberg(conformalEValues(scores, reference, 0.1), 0.1);
    expect([...flagged]).toEqual(expected);
    flaggedSome += Math.max(...expected);
  }
  expect(flaggedSome).toBeGreaterThan(20);
  expect(flaggedSome).toBeLessThan(180);
});

test("over all rankings of clean suspects the e-values add up to m at most, on average", () => {
  for (const level of [0.3, 0.6, 0.9]) {
    const [m, n] = [4, 4];
    const sums = [...allRankings(m, n)].map((ranking) => {
      const { suspects, reference } = scoresOf(ranking);
      return conformalEValues(suspects, reference, level).reduce((sum, value) => sum + value, 0);
    });
    expect(Math.max(...sums)).toBeGreaterThan(0);
    expect(sums.reduce((sum, value) => sum + value, 0) / sums.length).toBeLessThanOrEqual(m + 1e-9);
  }
});

test("worked by hand: k largest of which the k-th is at least m / (q k)", () => {
  const e = Float64Array.of(10, 0, 4, 7, 0);
  expect([...eBenjaminiHochberg(e, 0.5)]).toEqual([1, 0, 1, 1, 0]);
  expect([...eBenjaminiHochberg(e, 0.2)]).toEqual([0, 0, 0, 0, 0]);
  expect([...meanOf([e, Float64Array.of(0, 2, 0, 1, 0)])]).toEqual([5, 1, 2, 4, 0]);
});

test("averaged over splits of one trusted set, the share of clean among the flagged is at most q on average", () => {
  const [suspects, trusted, poisons, q] = [60, 60, 20, 0.2];
  let flaggedInAll = 0;
  const shares = Array.from({ length: 150 }, () => {
    const scores = Float64Array.of(...drawn(poisons, 3), ...drawn(suspects - poisons));
    const all = drawn(trusted);
    const splits = Array.from({ length: 5 }, () => {
      const half = shuffle(rng, [...all.keys()]).subarray(0, trusted / 2);
      return conformalEValues(
        scores,
        Float64Array.from(half, (i) => all[i]),
        q / 2,
      );
    });
    const flagged = [...eBenjaminiHochberg(meanOf(splits), q).entries()].filter(([, flag]) => flag === 1);
    flaggedInAll += flagged.length;
    return flagged.length > 0 ? flagged.filter(([i]) => i >= poisons).length / flagged.length : 0;
  });
  expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeLessThan(q);
  expect(flaggedInAll / shares.length).toBeGreaterThan(5);
});

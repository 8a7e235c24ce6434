import { describe, expect, test } from "vitest";
import type { SplitScorer } from "../../src/detection/split-scorer.js";
import { createRng } from "../../src/random/rng.js";
import { classVerdict } from "../../src/scan/class-verdict.js";
import { verdictOf } from "../../src/scan/verdict.js";

/** A scorer that knows each sample's score beforehand. */
const scorerOf = (scores: Float64Array): SplitScorer => ({
  score: async (fit, ranked) => ({
    fit: Float64Array.from(fit, (row) => scores[row]),
    ranked: Float64Array.from(ranked, (row) => scores[row]),
  }),
  close: async () => {},
});

const [m, n] = [100, 80];
const suspects = Int32Array.from({ length: m }, (_, i) => i);
const trusted = Int32Array.from({ length: n }, (_, i) => m + i);
const options = { splits: 3, fdr: 0.1, level: 0.05, signal: new AbortController().signal };

/** Normal scores; those of the first `odd` suspects are higher by 6. */
const found = (seed: number, odd: number) => {
  const rng = createRng(`scores-${seed}`);
  const scores = Float64Array.from({ length: m + n }, (_, i) => rng.normal() + (i < odd ? 6 : 0));
  const one = { name: `class ${seed}`, suspects, trusted };
  return classVerdict(scorerOf(scores), one, { ...options, rng: createRng(seed) });
};

describe("one class", () => {
  test("thirty that stand out are noticed, counted from below, and flagged", async () => {
    const verdict = await found(1, 30);
    expect(verdict.p).toBeLessThan(0.001);
    expect(verdict.atLeast).toBeGreaterThan(15);
    expect(verdict.atLeast).toBeLessThanOrEqual(30);
    const flagged = suspects.filter((_, i) => verdict.flagged[i] === 1);
    expect(flagged.filter((row) => row < 30)).toHaveLength(30);
    expect(flagged.length).toBeLessThan(36);
    expect(verdict.wouldNotice).toBeLessThan(30);
    // The scorer's scores hang on no split: every split flags those that stand out.
    expect([...verdict.flaggedIn.subarray(0, 30)]).toEqual(new Array(30).fill(expect.closeTo(1)));
    expect(verdict.bound[m]).toBe(verdict.atLeast);
  });

  test("a trusted image has its score where a split ranked it", async () => {
    const { reference } = await found(4, 0);
    const rng = createRng("scores-4");
    const scores = Float64Array.from({ length: m + n }, () => rng.normal());
    // Three splits, each of half of them: 7 of 8 on average.
    expect(reference.rows.length).toBeGreaterThan(n / 2);
    expect([...reference.rows].every((row) => row >= m)).toBe(true);
    expect([...reference.scores]).toEqual([...reference.rows].map((row) => expect.closeTo(scores[row])));
  });

  test("of a hundred clean classes p is at most 0.05 in no more than a valid p-value allows", async () => {
    const verdicts = await Promise.all(Array.from({ length: 100 }, (_, i) => found(i, 0)));
    const alarms = verdicts.filter(({ p }) => (p ?? 1) <= 0.05).length;
    // P(more than 11 of 100) is below 0.5 % at 5 %.
    expect(alarms).toBeLessThanOrEqual(11);
    expect(verdicts.filter(({ flagged }) => flagged.includes(1)).length).toBeLessThanOrEqual(15);
  });

  test("with too few trusted images nothing is claimed", async () => {
    const scores = new Float64Array(m + n);
    const one = { name: "x", suspects, trusted: trusted.slice(0, 5) };
    const verdict = await classVerdict(scorerOf(scores), one, { ...options, rng: createRng(0) });
    expect(verdict).toMatchObject({ p: undefined, atLeast: 0, wouldNotice: undefined });
  });
});

describe("all classes", () => {
  test("Holm decides; in classes without evidence nothing is flagged", async () => {
    const { finding, classes } = verdictOf([await found(2, 0), await found(3, 40)], 0.05);
    expect(finding).toBe("evidence");
    expect(classes.map(({ name }) => name)).toEqual(["class 3", "class 2"]);
    expect(classes[0].adjustedP).toBeCloseTo(2 * (classes[0].p ?? 0), 10);
    expect(classes[1].flagged.every((mark) => mark === 0)).toBe(true);
    expect(verdictOf([await found(2, 0)], 0.05).finding).toBe("no evidence");
    const unknown = { ...(await found(2, 0)), p: undefined };
    expect(verdictOf([unknown], 0.05).finding).toBe("inconclusive");
  });
});

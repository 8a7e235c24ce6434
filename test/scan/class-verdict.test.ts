import { describe, expect, test } from "vitest";
import type { Judge } from "../../src/detection/judge.js";
import { createRng } from "../../src/random/rng.js";
import { classVerdict } from "../../src/scan/class-verdict.js";
import { verdictOf } from "../../src/scan/verdict.js";

/** A judge that knows each sample's score beforehand. */
const judgeOf = (scores: Float64Array, name: Judge["name"] = "forest", fitShare = 0.5): Judge => ({
  name,
  fitShare,
  scorer: {
    score: async (fit, ranked) => ({
      fit: Float64Array.from(fit, (row) => scores[row]),
      ranked: Float64Array.from(ranked, (row) => scores[row]),
    }),
    close: async () => {},
  },
});

const [m, n] = [100, 80];
const suspects = Int32Array.from({ length: m }, (_, i) => i);
const trusted = Int32Array.from({ length: n }, (_, i) => m + i);
const options = { splits: 3, fdr: 0.1, level: 0.05, numClasses: 1, signal: new AbortController().signal };

/** Normal scores; those of the first `odd` suspects are higher by 6. */
const scoresOf = (seed: number, odd: number) => {
  const rng = createRng(`scores-${seed}`);
  return Float64Array.from({ length: m + n }, (_, i) => rng.normal() + (i < odd ? 6 : 0));
};
const found = (seed: number, odd: number) => {
  const scores = scoresOf(seed, odd);
  const one = { name: `class ${seed}`, suspects, trusted };
  return classVerdict([judgeOf(scores)], one, { ...options, rng: createRng(seed) });
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

  test("of several scores the one that sees something leads, and p answers for their number", async () => {
    const [blind, seeing] = [judgeOf(scoresOf(5, 0), "forest"), judgeOf(scoresOf(6, 30), "pattern", 0)];
    const one = { name: "x", suspects, trusted };
    const rng = createRng(5);
    const { byScore, ...verdict } = await classVerdict([blind, seeing], one, { ...options, rng });
    expect(byScore.map(({ score }) => score)).toEqual(["forest", "pattern"]);
    const [ofBlind, ofSeeing] = byScore;
    expect(verdict).toMatchObject({ leading: "pattern", p: 2 * ofSeeing.p, flagged: ofSeeing.flagged });
    expect(ofBlind.p).toBeGreaterThan(0.05);
    // Told of no trusted image, it has all of them ranked, and fewer poisons would be noticed.
    expect(ofSeeing.reference.rows).toEqual(trusted);
    expect(ofBlind.wouldNotice).toBeGreaterThan(ofSeeing.wouldNotice ?? m);
    expect(verdict.wouldNotice).toBe(ofSeeing.wouldNotice);
    // The bound of each holds with half the chance of error: it is no larger than that of the score alone.
    const alone = await classVerdict([seeing], one, { ...options, rng });
    expect(verdict.atLeast).toBeLessThan(alone.atLeast);
  });

  test("with too few trusted images nothing is claimed", async () => {
    const scores = new Float64Array(m + n);
    const one = { name: "x", suspects, trusted: trusted.slice(0, 5) };
    const verdict = await classVerdict([judgeOf(scores)], one, { ...options, rng: createRng(0) });
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

  test("no evidence is inconclusive where fewer poisons than were to be noticed could hide", async () => {
    const clean = await found(2, 0);
    const noticed = clean.wouldNotice ?? 0;
    expect(verdictOf([clean], 0.05, noticed).finding).toBe("no evidence");
    expect(verdictOf([clean], 0.05, noticed - 1).finding).toBe("inconclusive");
    const unknown = { ...clean, p: undefined, wouldNotice: undefined };
    expect(verdictOf([clean, unknown], 0.05, noticed).finding).toBe("inconclusive");
    expect(verdictOf([clean, await found(3, 40)], 0.05, 1).finding).toBe("evidence");
  });
});

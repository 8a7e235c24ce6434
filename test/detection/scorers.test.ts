import { describe, expect, test } from "vitest";
import { classPValue } from "../../src/detection/class-test.js";
import { aboveIn, disguisedScores } from "../../src/detection/disguise.js";
import { openForestScorer } from "../../src/detection/forest-scorer.js";
import { neighbourScorer } from "../../src/detection/neighbour-scorer.js";
import { redrawTest } from "../../src/detection/redraw-test.js";
import { spectralScores } from "../../src/detection/spectral-score.js";
import { createRng } from "../../src/random/rng.js";
import type { Matrix } from "../../src/scoring/table/matrix.js";

/** Rows of standard normal numbers; those in `shifted` moved by 3 in their first three columns. */
function normalTable(rows: number, cols: number, shifted: ReadonlySet<number>, seed: string): Matrix {
  const rng = createRng(seed);
  const data = Float32Array.from({ length: rows * cols }, (_, i) => {
    const [row, column] = [Math.floor(i / cols), i % cols];
    return rng.normal() + (shifted.has(row) && column < 3 ? 3 : 0);
  });
  return { rows, cols, data };
}

const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);

describe("disguised split with a forest", () => {
  const forest = { trees: 40, maxDepth: 8, threads: 1 };

  test("poisons are ranked above clean suspects, and the class is found", async () => {
    const table = normalTable(240, 8, new Set(range(0, 20)), "planted");
    const scorer = await openForestScorer(table, forest);
    const rows = { suspects: range(0, 120), trusted: range(120, 240) };
    const scores = await disguisedScores(scorer, rows, 0.5, createRng("split"));
    await scorer.close();
    expect([scores.suspects.length, scores.reference.length]).toEqual([120, 60]);
    const poison = scores.suspects.subarray(0, 20);
    const clean = scores.suspects.subarray(20);
    const above = poison.reduce((sum, one) => sum + clean.filter((other) => other < one).length, 0);
    expect(above / (20 * 100)).toBeGreaterThan(0.8);
    expect(classPValue(aboveIn(scores), 120)).toBeLessThan(0.01);
  });

  test("no row judges itself: on noise votes are about the share of ranked rows", async () => {
    const table = normalTable(120, 8, new Set(), "noise");
    const scorer = await openForestScorer(table, { ...forest, maxDepth: 30 });
    const { ranked: scores, fit } = await scorer.score(range(0, 60), range(60, 120), "s");
    const mean = scores.reduce((sum, score) => sum + score, 0) / 60;
    // Trees that saw a row give it 1: its mean vote would be 0.8 at least.
    expect(mean).toBeGreaterThan(0.35);
    expect(mean).toBeLessThan(0.6);
    // As far from 0 for the others.
    expect(fit.reduce((sum, score) => sum + score, 0) / 60).toBeGreaterThan(0.4);
    expect([...(await scorer.score(range(0, 60), range(60, 120), "s")).ranked]).toEqual([...scores]);
    await scorer.close();
  });

  test("the class test stays calibrated although the forest is fitted on the ranked rows", async () => {
    const [rounds, size] = [60, 70];
    const table = normalTable(rounds * size, 4, new Set(), "null");
    const scorer = await openForestScorer(table, { trees: 10, maxDepth: 6, threads: 1 });
    const p: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const first = round * size;
      const rows = { suspects: range(first, first + 40), trusted: range(first + 40, first + size) };
      p.push(classPValue(aboveIn(await disguisedScores(scorer, rows, 0.5, createRng(round))), 40));
    }
    await scorer.close();
    // Binomial(60, 0.2): 12 on average, more than 24 in 1 of 10,000.
    expect(p.filter((value) => value <= 0.2).length).toBeLessThan(25);
    expect(p.filter((value) => value <= 0.5).length).toBeGreaterThan(8);
  });
});

test("neighbours: the mean distance to the k nearest trusted rows, never to itself", async () => {
  const table = normalTable(30, 3, new Set(), "neighbours");
  const fit = range(0, 10);
  const { ranked: scores } = await neighbourScorer(table, 3).score(fit, range(8, 30), "");
  const at = (row: number) => table.data.subarray(3 * row, 3 * row + 3);
  range(8, 30).forEach((row, i) => {
    const distances = [...fit]
      .filter((other) => other !== row)
      .map((other) => Math.hypot(...at(row).map((value, c) => value - at(other)[c])))
      .sort((a, b) => a - b);
    expect(scores[i]).toBeCloseTo((distances[0] + distances[1] + distances[2]) / 3, 5);
  });
  // Fewer neighbours than asked for.
  const { ranked } = await neighbourScorer(table, 5).score(Int32Array.of(1), Int32Array.of(0), "");
  expect(ranked[0]).toBeCloseTo(Math.hypot(...at(0).map((value, c) => value - at(1)[c])), 5);
});

test("spectral: the squared projection on the direction of largest variance, found here by trying all angles", () => {
  const table = normalTable(40, 2, new Set(range(0, 12)), "spectral");
  const rows = range(4, 40);
  const mean = [0, 1].map((c) => rows.reduce((sum, row) => sum + table.data[2 * row + c], 0) / rows.length);
  const projections = (angle: number) =>
    [...rows].map((row) => {
      const [x, y] = [table.data[2 * row] - mean[0], table.data[2 * row + 1] - mean[1]];
      return (x * Math.cos(angle) + y * Math.sin(angle)) ** 2;
    });
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const angles = Array.from({ length: 20_000 }, (_, i) => (Math.PI * i) / 20_000);
  const best = angles.reduce((a, b) => (total(projections(b)) > total(projections(a)) ? b : a));
  spectralScores(table, rows).forEach((score, i) => {
    expect(score).toBeCloseTo(projections(best)[i], 2);
  });
  const flat = { rows: 3, cols: 2, data: new Float32Array(6).fill(4) };
  expect([...spectralScores(flat, range(0, 3))]).toEqual([0, 0, 0]);
});

describe("redraws of who is trusted", () => {
  const meanOf = (values: Float64Array, rows: Int32Array) =>
    rows.reduce((sum, row) => sum + values[row], 0) / rows.length;
  const rows = { suspects: range(0, 30), trusted: range(30, 40) };
  const test1 = (values: Float64Array, seed: string, options = { draws: 99, enough: 1000 }) =>
    redrawTest(rows, async ({ suspects, trusted }) => meanOf(values, trusted) - meanOf(values, suspects), {
      ...options,
      rng: createRng(seed),
    });

  test("p is uniform on clean data", async () => {
    const rng = createRng("clean");
    let [at5, at50] = [0, 0];
    for (let round = 0; round < 300; round++) {
      const { p } = await test1(
        Float64Array.from({ length: 40 }, () => rng.normal()),
        `r${round}`,
      );
      if (p <= 0.05) at5++;
      if (p <= 0.5) at50++;
    }
    // Binomial(300, 0.05) and (300, 0.5), 4 standard deviations.
    expect(at5).toBeLessThan(31);
    expect(at5).toBeGreaterThan(2);
    expect(Math.abs(at50 - 150)).toBeLessThan(35);
  });

  test("as small as the draws allow where the suspects stand out; a clean class is known early", async () => {
    const apart = Float64Array.from({ length: 40 }, (_, i) => (i < 30 ? 5 : 0));
    expect(await test1(apart, "a")).toEqual({ p: 1 / 100, draws: 99 });
    const reversed = apart.map((value) => -value);
    expect(await test1(reversed, "b", { draws: 1000, enough: 10 })).toEqual({ p: 1, draws: 10 });
  });
});

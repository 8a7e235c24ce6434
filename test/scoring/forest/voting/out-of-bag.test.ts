import { describe, expect, test } from "vitest";
import { fastIntegers } from "../../../../src/random/fast-random.js";
import { createRng } from "../../../../src/random/rng.js";
import { binMatrix } from "../../../../src/scoring/forest/binning/bin-matrix.js";
import { fitForest } from "../../../../src/scoring/forest/fit-forest.js";
import { type ForestOptions, trainForest } from "../../../../src/scoring/forest/forest.js";
import { inlinePool } from "../../inline-pool.js";
import { areaUnderCurve, labelledTable } from "../../random-table.js";

const { matrix, labels } = labelledTable(120, 10, { informative: 3, shift: 1.5, seed: "bag" });
const allRows = Int32Array.from(labels.keys());
const half = Int32Array.from({ length: 60 }, (_, i) => 2 * i + (i % 2));
const pool = inlinePool(3);
const binned = await binMatrix([matrix], pool, { seed: "s", trees: 20 });

/** P(label 1) of all rows. */
async function votes(rows: Int32Array, trees: number, outOfBag: boolean): Promise<Float64Array> {
  const train = { rows, labels: Uint8Array.from(rows, (row) => labels[row]) };
  const columns = Int32Array.from({ length: matrix.cols }, (_, column) => column);
  const what = { train, predictRows: allRows, columns, outOfBag };
  const how = { trees, maxDepth: 6, featuresPerSplit: 3, seed: "s" };
  return (await fitForest(pool, binned, { ...what, ...how })).probabilities;
}

/** Rows that a tree draws, by definition: as many draws as rows to train on. */
function drawnBy(tree: number, trainRows: Int32Array): Set<number> {
  const draw = fastIntegers(createRng("s").fork(`tree-${tree}`).seed());
  return new Set(Array.from(trainRows, () => trainRows[draw(trainRows.length)]));
}

/** One tree at a time: what a tree says is what the forests with and without it differ by. */
async function literalVotes(rows: Int32Array, trees: number): Promise<number[]> {
  const heard: number[][] = Array.from(allRows, () => []);
  let before = new Float64Array(matrix.rows);
  for (let tree = 0; tree < trees; tree++) {
    const sums = (await votes(rows, tree + 1, false)).map((mean) => mean * (tree + 1));
    const drawn = drawnBy(tree, rows);
    for (const row of allRows) if (!drawn.has(row)) heard[row].push(sums[row] - before[row]);
    before = sums;
  }
  return heard.map((some) => some.reduce((sum, vote) => sum + vote, 0) / some.length);
}

describe("out-of-bag votes are the means of the trees that did not draw the row", () => {
  test.each([
    ["all rows", allRows],
    ["half of the rows", half],
  ])("trained on %s", async (_, rows) => {
    const actual = await votes(rows, 20, true);
    for (const [row, vote] of (await literalVotes(rows, 20)).entries())
      expect(actual[row]).toBeCloseTo(vote, 10);
  });

  test("a row that every tree drew has none", async () => {
    const [first, second] = [drawnBy(0, allRows), drawnBy(1, allRows)];
    const inBoth = Array.from(allRows, (row) => first.has(row) && second.has(row));
    expect(Array.from(await votes(allRows, 2, true), Number.isNaN)).toEqual(inBoth);
    expect(new Set(inBoth).size).toBe(2);
  });
});

test("they do not depend on threads, come only if asked for, and make nothing of noise, which the trees remember", async () => {
  const noise = labelledTable(600, 10, { informative: 0, shift: 0, seed: "noise" });
  const train = (some: Partial<ForestOptions>) =>
    trainForest(noise.matrix, noise.labels, { seed: "s", threads: 1, outOfBag: true, trees: 60, ...some });
  const { outOfBag = new Float64Array(0), predict } = await train({});
  expect((await train({ threads: 2 })).outOfBag).toEqual(outOfBag);
  expect(await train({ outOfBag: false })).not.toHaveProperty("outOfBag");
  expect(areaUnderCurve(predict(noise.matrix), noise.labels)).toBeGreaterThan(0.9);
  expect(Math.abs(areaUnderCurve(outOfBag, noise.labels) - 0.5)).toBeLessThan(0.1);
});

import { describe, expect, test } from "vitest";
import { fastIntegers } from "../../../../src/random/fast-random.js";
import { createRng } from "../../../../src/random/rng.js";
import { growingScratch, newBinnedMatrix } from "../../../../src/scoring/forest/binned-matrix.js";
import { growTrees } from "../../../../src/scoring/forest/growing/grow-trees.js";
import { treeEntry } from "../../../../src/scoring/forest/growing/tree-entries.js";
import { ScratchPieces } from "../../../../src/scoring/forest/kernel/scratch.js";
import { meanVotes } from "../../../../src/scoring/forest/voting/votes.js";

interface Row {
  readonly codes: number[];
  readonly label: number;
  readonly weight: number;
}

interface Grown {
  readonly probability: (codes: number[]) => number;
  /** Weighted decrease of Gini impurity of all splits. */
  readonly decrease: number;
  /** Of the root, half-way between the neighbouring values. */
  readonly cut?: number;
}

/** Exact CART, the obvious way: at every node all cuts of all columns, impurities from their definition. */
function bruteForce(rows: Row[], depth: number): Grown {
  const share = weightOf(rows.filter(({ label }) => label === 1)) / weightOf(rows);
  const leaf = { probability: () => share, decrease: 0 };
  if (depth === 0 || share === 0 || share === 1) return leaf;
  let best: { left: Row[]; right: Row[]; column: number; cut: number; decrease: number } | undefined;
  for (let column = 0; column < rows[0].codes.length; column++) {
    const values = [...new Set(rows.map(({ codes }) => codes[column]))].sort((a, b) => a - b);
    for (let i = 1; i < values.length; i++) {
      const cut = Math.floor((values[i - 1] + values[i] - 1) / 2);
      const left = rows.filter(({ codes }) => codes[column] <= cut);
      const right = rows.filter(({ codes }) => codes[column] > cut);
      const decrease = impurity(rows) - impurity(left) - impurity(right);
      if (best === undefined || decrease > best.decrease + 1e-9)
        best = { left, right, column, cut, decrease };
    }
  }
  if (best === undefined) return leaf;
  const { column, cut, decrease } = best;
  const left = bruteForce(best.left, depth - 1);
  const right = bruteForce(best.right, depth - 1);
  return {
    probability: (codes) => (codes[column] <= cut ? left : right).probability(codes),
    decrease: decrease + left.decrease + right.decrease,
    cut,
  };
}

function weightOf(rows: Row[]): number {
  return rows.reduce((sum, { weight }) => sum + weight, 0);
}

/** Weight times Gini impurity. */
function impurity(rows: Row[]): number {
  const weight = weightOf(rows);
  const positive = weightOf(rows.filter(({ label }) => label === 1)) / weight;
  return weight * (1 - positive ** 2 - (1 - positive) ** 2);
}

/** Random rows; one column orders all of them, so that ties between columns are rare. */
function randomRows(count: number, cols: number, values: number, seed: string): Row[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => ({
    codes: Array.from({ length: cols }, () => rng.int(values)),
    label: rng.int(2),
    weight: 1 + rng.int(3),
  }));
}

function grow(rows: Row[], maxDepth: number, featuresPerSplit: number, seed = 1) {
  const cols = rows[0].codes.length;
  const matrix = newBinnedMatrix({ rows: rows.length, cols, trees: 1, threads: 1 });
  for (let i = 0; i < matrix.codes.length; i++)
    matrix.codes[i] = rows[i % rows.length].codes[Math.floor(i / rows.length)];
  const scratch = new ScratchPieces(growingScratch(matrix, 0));
  const order = [0, 1].flatMap((label) => [...rows.keys()].filter((i) => rows[i].label === label));
  const entries = scratch.uint32(rows.length);
  entries.set(order.map((i) => treeEntry(i, rows[i].weight)));
  const seedling = {
    entries,
    numNegatives: rows.filter(({ label }) => label === 0).length,
    columns: Int32Array.from({ length: cols }, (_, column) => column),
    draw: fastIntegers(seed),
  };
  const [tree] = growTrees(matrix, [seedling], { maxDepth, featuresPerSplit }, scratch);
  const probabilities = meanVotes([tree], matrix, Int32Array.from(rows.keys()));
  const nodes = Array.from(tree.column, (column, node) => ({ column, decrease: tree.decrease[node] }));
  const splits = nodes.filter(({ column }) => column >= 0);
  return { tree, splits, probabilities };
}

describe("with all columns tried, a tree is exact CART", () => {
  // 96 rows or more take the path of large nodes first.
  test.each([
    [30, 3, 200, 2],
    [100, 2, 200, 2],
    [60, 2, 12, 3],
    [300, 3, 256, 2],
    [400, 2, 40, 3],
  ])("%i rows, %i columns of %i values, depth %i", (count, cols, values, depth) => {
    for (const seed of ["a", "b", "c"]) {
      const rows = randomRows(count, cols, values, seed);
      const oracle = bruteForce(rows, depth);
      const { probabilities, splits } = grow(rows, depth, cols);
      const decrease = splits.reduce((sum, split) => sum + split.decrease, 0);
      expect(decrease).toBeCloseTo(oracle.decrease, 8);
      rows.forEach(({ codes }, i) => {
        expect(probabilities[i]).toBeCloseTo(oracle.probability(codes), 12);
      });
    }
  });
});

test.each([40, 150])("a cut lies half-way between its neighbours, with %i rows", (count) => {
  for (let seed = 0; seed < 200; seed++) {
    const rows = randomRows(count, 1, 256, `cut-${seed}`);
    expect(grow(rows, 1, 1).tree.splitBin[0]).toBe(bruteForce(rows, 1).cut);
  }
});

test("a tree grows until its leaves are pure, and no deeper than allowed", () => {
  const rows = Array.from({ length: 64 }, (_, i) => ({ codes: [i], label: i % 2, weight: 1 }));
  expect([...grow(rows, 63, 1).probabilities]).toEqual(rows.map(({ label }) => label));
  expect(grow(rows, 0, 1).tree.column).toHaveLength(1);
  expect(grow(rows, 3, 1).tree.column.length).toBeLessThanOrEqual(15);
});

test("columns that are constant in a node do not end the search for a split", () => {
  const rows = Array.from({ length: 10 }, (_, i) => ({
    codes: [7, 7, 7, 7, i],
    label: Number(i > 4),
    weight: 1,
  }));
  for (let seed = 0; seed < 10; seed++) {
    expect(grow(rows, 10, 1, seed).splits).toEqual([{ column: 4, decrease: 5 }]);
  }
});

test("rows that differ in nothing but their label make a leaf with their share", () => {
  const rows = [0, 0, 0, 1].map((label) => ({ codes: [3, 3], label, weight: 1 }));
  const { tree } = grow(rows, 10, 2);
  expect([...tree.column]).toEqual([-1]);
  expect([...tree.probability]).toEqual([0.25]);
});

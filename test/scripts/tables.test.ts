import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { cellsOfGrid } from "../../src/sweep/cells-of-grid.js";
import { readGrid } from "../../src/sweep/grid.js";
import { planCells } from "../../src/sweep/plan-cells.js";

const folder = fileURLToPath(new URL("../../scripts/tables", import.meta.url));
const names = readdirSync(folder).map((file) => basename(file, ".json"));
const tableOf = (name: string) => readGrid(join(folder, `${name}.json`));
const folders = { working: "/somewhere", sweep: "/somewhere/sweep" };

test("the paper's tables are there", () => {
  expect(names.sort()).toEqual([
    "cpu",
    "cpu-cifar10",
    "demo",
    "ht-cifar10",
    "ht-imagenet",
    "ht-stl10",
    "lc",
    "mixed",
    "narcissus",
    "sa",
    "weaker-attacks",
  ]);
});

describe.each(names)("table %s", (name) => {
  test.each(["full", "small"] as const)("every cell at %s scale is a run", async (scale) => {
    const grid = await tableOf(name);
    const cells = planCells(grid, { scale }, folders);
    expect(cells).toHaveLength(cellsOfGrid(grid, scale).length);
    expect(cells.some(({ impossible }) => impossible === undefined)).toBe(true);
  });

  test("every number the original reported has its cell", async () => {
    const grid = await tableOf(name);
    const found = cellsOfGrid(grid, "full").flatMap(({ reported }) => reported ?? []);
    expect(found).toHaveLength(grid.reported?.length ?? 0);
  });
});

test("cells whose class cannot hold the clean suspects are left out; crowded ones take clean groups from the test set", async () => {
  const cells = cellsOfGrid(await tableOf("lc"), "full");
  const cell = (prTgt: number, prSus: number) =>
    cells.find(({ label }) => label === `pr_tgt ${prTgt}, pr_sus ${prSus}`);
  expect(cell(0.2, 10)?.impossible).toContain("too small");
  expect(cell(0.1, 10)).toMatchObject({ flags: { sample_from_test: true } });
  expect(cell(0.1, 10)?.impossible).toBeUndefined();
  expect(cell(0.1, 50)?.flags).not.toHaveProperty("sample_from_test");
});

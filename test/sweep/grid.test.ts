import { expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { cellsOfGrid } from "../../src/sweep/cells-of-grid.js";
import { readGrid } from "../../src/sweep/grid.js";
import { gridFile } from "./grid-file.js";

const cellsOf = async (grid: unknown) => cellsOfGrid(await readGrid(await gridFile(grid)), "full");
const labelsOf = async (grid: unknown) => (await cellsOf(grid)).map(({ label }) => label);

test("a cell for every combination, in the grid's order; several products one after the other", async () => {
  const products = [
    { pr_tgt: [0.1, 0.2], pr_sus: [50, 100] },
    { variant: { "with a source": { attack: "sa" } } },
  ];
  expect(await labelsOf({ grid: products })).toEqual([
    "pr_tgt 0.1, pr_sus 50",
    "pr_tgt 0.1, pr_sus 100",
    "pr_tgt 0.2, pr_sus 50",
    "pr_tgt 0.2, pr_sus 100",
    "with a source",
  ]);
});

test("sets of flags without a name are told apart by what matters in them", async () => {
  const variant = [
    { attack: "lc", eps: 2, lr: 0.1, epochs: 3 },
    { attack: "sa", scenario: "fine_tuning", ep_bl: 2 },
  ];
  expect(await labelsOf({ grid: { variant } })).toEqual([
    "attack lc, eps 2, epochs 3",
    "attack sa, scenario fine_tuning",
  ]);
});

test("a seed is no part of the label: cells of one label are averaged over", async () => {
  const cells = await cellsOf({ grid: { attack: ["lc", "sa"] }, seeds: 2 });
  expect(cells.map(({ label, seed, flags }) => [label, seed, flags.global_seed])).toEqual([
    ["attack lc", 1, 1],
    ["attack lc", 2, 2],
    ["attack sa", 1, 1],
    ["attack sa", 2, 2],
  ]);
});

test("small scale changes flags, some by attack, and leaves out the clean model of the full one", async () => {
  const grid = await readGrid(
    await gridFile({
      flags: { epochs: 200, clean_model_path: "clean.pth", lr: 0.1 },
      grid: { attack: ["lc", "narcissus"] },
      small: { epochs: 1, attack_opt: { lc: ["steps=5"] } },
    }),
  );
  expect(cellsOfGrid(grid, "full")[0].flags).toEqual({
    epochs: 200,
    clean_model_path: "clean.pth",
    lr: 0.1,
    attack: "lc",
  });
  expect(cellsOfGrid(grid, "small").map(({ flags }) => flags)).toEqual([
    { epochs: 1, lr: 0.1, attack: "lc", attack_opt: ["steps=5"] },
    { epochs: 1, lr: 0.1, attack: "narcissus" },
  ]);
});

test("what a grid does not say it has from the one it extends, flags one by one", async () => {
  const base = { title: "Base", flags: { lr: 0.1, bs: 64 }, grid: { pr_tgt: [0.1] }, small: { bs: 8 } };
  const path = await gridFile(
    { extends: "base.json", flags: { lr: 0.5 }, small: { epochs: 1 } },
    { "base.json": base },
  );
  expect(await readGrid(path)).toEqual({
    title: "Base",
    flags: { lr: 0.5, bs: 64 },
    grid: { pr_tgt: [0.1] },
    small: { bs: 8, epochs: 1 },
  });
  const circle = await gridFile({ extends: "other.json" }, { "other.json": { extends: "grid.json" } });
  await expect(readGrid(circle)).rejects.toThrow("extend each other in a circle");
});

test.each([
  ["{", /is no JSON: .*position/],
  [[], "the file: Invalid input: expected object, received array"],
  [{ flags: { epoch: 3 } }, "flags.epoch: poisonspot has no flag --epoch"],
  [{ flags: { retrain: true } }, 'flags.retrain: a stage is named in "stages"'],
  [{ flags: { prov_path: "." } }, "flags.prov_path: a sweep gives --prov_path itself"],
  [{ flags: { lr: null } }, "flags.lr: accepted: a word, a number, true, or a list of words"],
  [{ stages: ["train"] }, /stages\.0: .*"clean_training"\|"poisoned_training"/],
  [{ grid: { pr_tgt: [] } }, "grid.pr_tgt: it has no choice"],
  [{ grid: { pr_tgt: [0.1, { lr: 1 }] } }, "grid.pr_tgt: --pr_tgt takes values, not sets of flags"],
  [{ grid: { epoch: [1] } }, "grid.epoch: no flag has this name: an axis that is none lists sets of flags"],
  [{ grid: { variant: [{ lrr: 1 }] } }, "grid.variant.0.lrr: poisonspot has no flag --lrr"],
  [
    { grid: [{ pr_tgt: [1] }, { variant: { a: { exp: "b" } } }] },
    "grid.1.variant.a.exp: a sweep gives --exp itself",
  ],
  [{ seeds: 0 }, /seeds: /],
  [{ seed: [1] }, 'the file: Unrecognized key: "seed"'],
  [{ reported: [{ before: [1] }] }, /reported\.0\.before/],
])("%j names its field", async (grid, message) => {
  const error = await readGrid(await gridFile(grid)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toMatch(message);
});

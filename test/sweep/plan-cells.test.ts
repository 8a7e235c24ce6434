import { expect, test } from "vitest";
import { cellSchema } from "../../src/sweep/cell.js";
import type { Grid } from "../../src/sweep/grid.js";
import { type Choice, planCells } from "../../src/sweep/plan-cells.js";

const folders = { working: "/data", sweep: "/data/sweeps/mine" };
const plan = (grid: Partial<Grid>, choice: Partial<Choice> = {}) =>
  planCells({ flags: {}, ...grid }, { scale: "full", ...choice }, folders);
const idOf = (flags: Grid["flags"], grid: Partial<Grid> = {}) => plan({ ...grid, flags })[0].id;

test("a cell's name is a hash of its settings; where it lies, how it is watched and what runs of it are none", () => {
  const id = idOf({ lr: 0.05 });
  expect(id).toMatch(/^[0-9a-f]{12}$/);
  expect(idOf({ lr: "0.05", epochs: 200 })).toBe(id);
  expect(idOf({ lr: 0.05, dataset_dir: "/elsewhere", checkpoint_seconds: 5, quiet: true, gpu_id: 1 })).toBe(
    id,
  );
  expect(idOf({ lr: 0.05 }, { stages: ["poisoned_training"], title: "Other" })).toBe(id);
  const others: Grid["flags"][] = [
    { lr: 0.06 },
    { lr: 0.05, global_seed: 1 },
    { lr: 0.05, attack_opt: ["steps=3"] },
    { lr: 0.05, clean_model_path: "a.pth" },
    { lr: 0.05, training_mode: true },
  ];
  for (const flags of others) expect(idOf(flags)).not.toBe(id);
});

test("a changed grid keeps the cells that are still in it", () => {
  const before = plan({ grid: { pr_tgt: [0.1, 0.2] } });
  const after = plan({ grid: { pr_tgt: [0.2, 0.3], pr_sus: [100] } });
  expect(after[0].id).toBe(before[1].id);
});

test("relative paths are seen from the sweep's folder, those of an attack's options too", () => {
  const [{ flags }] = plan({
    flags: {
      attack: "narcissus",
      dataset_dir: "images",
      attack_opt: ["pood=out/side", "rounds=3"],
      clean_model_path: "/models/c.pth",
    },
  });
  expect(flags).toMatchObject({
    dataset_dir: "../../images",
    attack_opt: ["pood=../../out/side", "rounds=3"],
    clean_model_path: "/models/c.pth",
  });
  expect(plan({})[0].flags.dataset_dir).toBe("../../datasets");
});

test("cells share a clean model and models where nothing in them differs but what their names say", () => {
  /** How many different values the cells of a grid have. */
  const distinct = (axes: Grid["grid"], flag: string) =>
    new Set(plan({ grid: axes }).map(({ flags }) => flags[flag])).size;
  const shares = { pr_tgt: [0.1, 0.2], pr_sus: [50, 100] };
  expect(distinct(shares, "clean_model_path")).toBe(1);
  expect(distinct(shares, "saved_models_path")).toBe(1);
  expect(distinct({ cv_model: ["prf", "MLP"] }, "clean_model_path")).toBe(1);
  expect(distinct({ cv_model: ["prf", "MLP"] }, "saved_models_path")).toBe(2);
  expect(distinct({ global_seed: [1, 2] }, "clean_model_path")).toBe(2);
  expect(distinct({ global_seed: [1, 2] }, "saved_models_path")).toBe(2);
  expect(distinct({ clean_model_path: ["a", "b"] }, "saved_models_path")).toBe(2);
  for (const path of ["prov_path", "figure_path", "log_file"]) expect(distinct(shares, path)).toBe(4);
});

test("a line of the list is a cell again", () => {
  const [cell] = plan({
    flags: { random: true, attack: "sa", target_class: 1 },
    grid: { pr_tgt: [0.9], pr_sus: [50] },
    seeds: [7],
    reported: [{ pr_tgt: 0.9, pr_sus: 50, before: [99, 1] }],
  });
  expect(cell).toMatchObject({ seed: 7, impossible: expect.any(String), reported: { before: [99, 1] } });
  expect(cellSchema.parse(JSON.parse(JSON.stringify(cell)))).toEqual(cell);
});

test("overlapping products have a cell once; cells that look alike, or are, and differ are refused", () => {
  expect(plan({ grid: [{ pr_tgt: [0.1, 0.2] }, { pr_tgt: [0.2, 0.3] }] })).toHaveLength(3);
  const variant = [
    { attack: "lc", lr: 0.1 },
    { attack: "lc", lr: 0.2 },
  ];
  expect(() => plan({ grid: { variant } })).toThrow(
    'two cells are called "attack lc": give the sets of flags names',
  );
  expect(() => plan({ grid: { dataset_dir: ["a", "b"] } })).toThrow(
    '"dataset_dir a" and "dataset_dir b" differ in nothing that counts',
  );
});

test("every cell's flags are checked, and the cells named", () => {
  const grid = { pr_tgt: [0.1, 3], attack: ["lc", "nonsense"] };
  expect(() => plan({ grid })).toThrow(
    /\n {2}- pr_tgt 0\.1, attack nonsense: --attack: got "nonsense".*\n {2}- pr_tgt 3, attack lc: --pr_tgt: got "3"/,
  );
  expect(() => plan({ flags: { attack_opt: ["stepps=3"] } })).toThrow("--attack_opt stepps");
});

test("a grid without a small scale is not run as if it had one", () => {
  expect(() => plan({}, { scale: "small" })).toThrow('The grid has no "small" flags.');
  expect(plan({ small: { epochs: 3 } }, { scale: "small" })[0].flags.epochs).toBe(3);
});

test("some of the cells, with other flags", () => {
  const grid = { pr_tgt: [0.1, 0.2], pr_sus: [50, 100] };
  const cells = plan({ grid }, { only: "pr_tgt 0.2", extra: { engine: "wasm" } });
  expect(cells.map(({ label, flags }) => [label, flags.engine])).toEqual([
    ["pr_tgt 0.2, pr_sus 50", "wasm"],
    ["pr_tgt 0.2, pr_sus 100", "wasm"],
  ]);
  expect(() => plan({ grid }, { only: "pr_tgt 5" })).toThrow('No cell\'s name contains "pr_tgt 5"');
  expect(() => plan({ grid }, { extra: { pr_sus: "10" } })).toThrow("--pr_sus is an axis of the grid");
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Grid } from "../../src/sweep/grid.js";

/** Runs of seconds: five poisons among 100 images and a network that reads each at one point. */
export const tinyGrid = ({ flags, ...others }: Partial<Grid> = {}): Partial<Grid> => ({
  flags: {
    dataset: "synthetic",
    limit_per_class: 10,
    model: "ViT-Micro",
    scenario: "fine_tuning",
    target_class: 2,
    eps: 8,
    attack_opt: ["steps=1"],
    pr_tgt: 0.5,
    epochs: 1,
    ep_bl_base: 1,
    ep_sl_base: 1,
    ep_bl: 1,
    ep_sl: 1,
    bs: 16,
    lr: 0.05,
    ...flags,
  },
  ...others,
});

export const writeGrid = (folder: string, grid: Partial<Grid>): Promise<void> =>
  writeFile(join(folder, "grid.json"), JSON.stringify(grid));

import { attacks } from "../attacks/registry.js";
import { asRecorded, type Recipe } from "../training/recipe.js";
import { configForComparison, type FlagRecord } from "./comparison.js";
import type { RunConfig } from "./run-config.js";

/**
 * How a clean model is trained when `--clean_model_path` is not there: as the run's own training, but for the attacks
 * whose runs fine-tune for a few epochs at a small rate: their clean models are trained as published.
 */
export function cleanRecipe(config: RunConfig): Recipe {
  const { attack, attackOpts, epochs, bs, opt, lr } = config;
  const published = attacks[attack].cleanRecipe?.(attackOpts);
  return published ?? { epochs, batchSize: bs, optimizer: opt, learningRate: lr };
}

/** The flags that a clean model depends on which is trained so. */
export function cleanSettings(config: RunConfig): FlagRecord {
  const recipe = cleanRecipe(config);
  return asRecorded({
    ...configForComparison(config, "base_model"),
    epochs: recipe.epochs,
    bs: recipe.batchSize,
    opt: recipe.optimizer,
    lr: recipe.learningRate,
    precision: config.precision,
    attack: config.attack,
    global_seed: config.globalSeed,
  });
}

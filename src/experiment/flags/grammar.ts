import { z } from "zod";
import { attackNames } from "../../attacks/registry.js";
import { datasetNames } from "../../datasets/registry.js";
import { engineChoices, precisions } from "../../engine/engine.js";
import { folderName, integer, namedValues, number, oneOf, path } from "../../flags/values.js";
import { modelNames } from "../../models/registry.js";
import { classifierNames } from "../../scoring/registry.js";
import { badImageChoices, optimizerNames, scenarioNames, thresholdTypes } from "./choices.js";
import type { FlagName } from "./flags.js";

const off = z.boolean();

/** What each flag accepts on its own, from the string typed to the value meant. */
export const grammar = {
  clean_training: off,
  poisoned_training: off,
  batch_level: off,
  sample_level: off,
  score_samples: off,
  retrain: off,
  retrain_control: off,
  get_result: off,
  force: off,
  plan: off,
  dataset: oneOf(datasetNames),
  dataset_dir: path(),
  limit_per_class: integer(1).optional(),
  on_bad_image: oneOf(badImageChoices),
  attack: oneOf(attackNames),
  pr_tgt: number("a ratio above 0 and at most 1", (ratio) => ratio > 0 && ratio <= 1),
  eps: number("a number from 0 to 255", (eps255) => eps255 >= 0 && eps255 <= 255),
  vis: integer(0, 255),
  target_class: integer(0),
  source_class: integer(0),
  random: off,
  clean_model_path: path(),
  attack_opt: namedValues(),
  model: oneOf(modelNames),
  scenario: oneOf(scenarioNames),
  epochs: integer(1),
  bs: integer(1),
  opt: oneOf(optimizerNames),
  lr: number("a number above 0", (rate) => rate > 0),
  training_mode: off,
  global_seed: integer(0),
  pr_sus: number("a percentage above 0 and at most 100", (percent) => percent > 0 && percent <= 100),
  ep_bl: integer(1),
  ep_bl_base: integer(0),
  bs_bl: integer(1),
  ep_sl: integer(1),
  ep_sl_base: integer(0),
  bs_sl: integer(1),
  sample_from_test: off,
  k_1: number("a number of at least 0", (z) => z >= 0),
  max_features: integer(1),
  cv_model: oneOf(classifierNames),
  groups: integer(2),
  k_2: number("a number of at least 0 and below 1", (importance) => importance >= 0 && importance < 1),
  threshold_type: oneOf(thresholdTypes),
  threshold: number("a score from 0 to 1", (score) => score >= 0 && score <= 1),
  exclude_list: path().optional(),
  checkpoint_seconds: number("a number of at least 0", (seconds) => seconds >= 0),
  exp: folderName().optional(),
  figure_path: path(),
  prov_path: path(),
  saved_models_path: path(),
  report_dir: path().optional(),
  log_file: path().optional(),
  quiet: off,
  verbose: off,
  engine: oneOf(engineChoices),
  precision: oneOf(precisions),
  gpu_id: integer(0),
} as const satisfies Record<FlagName, z.ZodType>;

export type FlagValues = { readonly [K in FlagName]: z.output<(typeof grammar)[K]> };

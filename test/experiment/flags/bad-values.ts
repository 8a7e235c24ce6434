import { attackNames } from "../../../src/attacks/registry.js";
import { datasetNames } from "../../../src/datasets/registry.js";
import { engineChoices, precisions } from "../../../src/engine/engine.js";
import {
  badImageChoices,
  optimizerNames,
  scenarioNames,
  thresholdTypes,
} from "../../../src/experiment/flags/choices.js";
import { type FlagName, flags } from "../../../src/experiment/flags/flags.js";
import { modelNames } from "../../../src/models/registry.js";
import { classifierNames } from "../../../src/scoring/registry.js";

/** Values that a flag must refuse, and what it must say that it accepts. */
interface BadValues {
  readonly values: readonly string[];
  readonly accepted: string;
}

/** What is no number, or none that a computer holds. */
const noNumbers = ["", " ", "many", "NaN", "Infinity", "-Infinity", "1e400", "0,1", "1 2", "0x10", "null"];

const number = (accepted: string, ...outside: readonly string[]): BadValues => ({
  values: [...noNumbers, ...outside],
  accepted,
});

const whole = (min: number, max?: number): BadValues => ({
  values: [
    ...noNumbers,
    "1.5",
    "2.0",
    "1e3",
    " 4",
    "-1",
    String(min - 1),
    "99999999999999999999",
    String((max ?? 1e20) + 1),
  ],
  accepted: max === undefined ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`,
});

const oneOf = (names: readonly string[]): BadValues => ({
  values: ["", " ", "nonsense", "NaN", "1", "constructor", `${names[0]} `, `${names[0]},${names[1]}`],
  accepted: `one of ${names.join(", ")}`,
});

const path: BadValues = { values: ["", " ", "\t"], accepted: "a path" };

/** A switch takes no value at all. */
const off: BadValues = { values: [], accepted: "" };

const ratio = "a ratio above 0 and at most 1";
const percentage = "a percentage above 0 and at most 100";

/** Of every flag, in the order of their table. */
export const badValues = {
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
  dataset_dir: path,
  limit_per_class: whole(1),
  on_bad_image: oneOf(badImageChoices),
  attack: oneOf(attackNames),
  pr_tgt: number(ratio, "0", "-0.1", "1.01", "10"),
  eps: number("a number from 0 to 255", "-1", "255.5", "256"),
  vis: whole(0, 255),
  target_class: whole(0),
  source_class: whole(0),
  random: off,
  clean_model_path: path,
  attack_opt: { values: ["", "steps", "=3", "steps=", "a b=3"], accepted: "name=value" },
  model: oneOf(modelNames),
  scenario: oneOf(scenarioNames),
  epochs: whole(1),
  bs: whole(1),
  opt: oneOf(optimizerNames),
  lr: number("a number above 0", "0", "-0.1"),
  training_mode: off,
  global_seed: whole(0),
  pr_sus: number(percentage, "0", "-1", "100.1", "50%"),
  ep_bl: whole(1),
  ep_bl_base: whole(0),
  bs_bl: whole(1),
  ep_sl: whole(1),
  ep_sl_base: whole(0),
  bs_sl: whole(1),
  sample_from_test: off,
  k_1: number("a number of at least 0", "-1"),
  max_features: whole(1),
  cv_model: oneOf(classifierNames),
  groups: whole(2),
  k_2: number("a number of at least 0 and below 1", "-0.1", "1"),
  threshold_type: oneOf(thresholdTypes),
  threshold: number("a score from 0 to 1", "-0.1", "1.1"),
  exclude_list: path,
  checkpoint_seconds: number("a number of at least 0", "-1"),
  exp: {
    values: ["", " ", ".", "..", "../elsewhere", "a/b", "/tmp", "a\\b", "a\nb"],
    accepted: "a folder name of letters, digits",
  },
  figure_path: path,
  prov_path: path,
  saved_models_path: path,
  report_dir: path,
  log_file: path,
  quiet: off,
  verbose: off,
  engine: oneOf(engineChoices),
  precision: oneOf(precisions),
  gpu_id: whole(0),
} as const satisfies Record<FlagName, BadValues>;

export const isSwitch = (name: FlagName): boolean => !("value" in flags[name]);

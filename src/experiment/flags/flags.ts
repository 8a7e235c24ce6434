import { attackNames } from "../../attacks/registry.js";
import { datasetNames } from "../../datasets/registry.js";
import { engineChoices, precisions } from "../../engine/engine.js";
import { modelNames } from "../../models/registry.js";
import { classifierNames } from "../../scoring/registry.js";
import { badImageChoices, optimizerNames, scenarioNames, thresholdTypes } from "./choices.js";

/** The headings of `--help`, in their order. */
export const flagGroups = [
  "Stages",
  "Data",
  "Attack",
  "Model and training",
  "Capture",
  "Scoring",
  "Output and engine",
] as const;

export interface Flag {
  readonly group: (typeof flagGroups)[number];
  readonly help: string;
  /** What stands for the value in `--help`; a flag without one is a switch. */
  readonly value?: string;
  /** The default as the user would type it; absent: off, or not set. */
  readonly default?: string;
  /** May be given several times. */
  readonly repeatable?: true;
}

/**
 * Every flag of a run. Names and defaults are those of the original `capture_prov.py`; the few that are ours follow
 * its style. Help, validation, `config.json` and manifests read this table.
 */
export const flags = {
  clean_training: { group: "Stages", help: "train without any poison: the accuracy to compare with" },
  poisoned_training: { group: "Stages", help: "train on the poisoned training set" },
  batch_level: {
    group: "Stages",
    help: "find the features (weights) that suspects move and clean samples do not",
  },
  sample_level: {
    group: "Stages",
    help: "record what each single suspect and clean sample does to those features",
  },
  score_samples: { group: "Stages", help: "score the suspects, set the thresholds, print TPR and FPR" },
  retrain: { group: "Stages", help: "train again without the samples that were flagged" },
  retrain_control: {
    group: "Stages",
    help: "train again without as many samples drawn at random from the same classes: what to compare retrain with",
  },
  get_result: {
    group: "Stages",
    help: "with clean_training, poisoned_training, retrain or retrain_control: report the saved model's ACC and ASR, train nothing",
  },
  force: { group: "Stages", help: "train the base model again even when a saved one exists" },
  plan: { group: "Stages", help: "say what would run, read, write and cost; then stop" },

  dataset: { group: "Data", value: "<name>", default: "CIFAR10", help: datasetNames.join(", ") },
  dataset_dir: {
    group: "Data",
    value: "<dir>",
    default: "./datasets/",
    help: "where datasets lie or are downloaded to",
  },
  limit_per_class: {
    group: "Data",
    value: "<n>",
    help: "first n training images of each class (n/5 test images), to try things on a CPU",
  },
  on_bad_image: {
    group: "Data",
    value: "<what>",
    default: "error",
    help: `an image file that cannot be used: ${badImageChoices.join(", ")} (a list of what was skipped is left beside the decoded images)`,
  },

  attack: { group: "Attack", value: "<name>", default: "lc", help: attackNames.join(", ") },
  pr_tgt: {
    group: "Attack",
    value: "<ratio>",
    default: "0.1",
    help: "share of the target class that is poisoned; of ten balanced classes 0.1 is 1 % of the training set",
  },
  eps: { group: "Attack", value: "<n>", default: "16", help: "bound of the perturbation, of 255" },
  vis: {
    group: "Attack",
    value: "<n>",
    default: "255",
    help: "brightness of the trigger of lc and badnets, of 255",
  },
  target_class: {
    group: "Attack",
    value: "<class>",
    default: "2",
    help: "class the attacker wants; poisons carry its label",
  },
  source_class: {
    group: "Attack",
    value: "<class>",
    default: "0",
    help: "class that gets the trigger (sa, ht)",
  },
  random: { group: "Attack", help: "sleeper agent: trigger at random positions" },
  clean_model_path: {
    group: "Attack",
    value: "<file>",
    default: "./saved_models/resnet18_200_clean.pth",
    help: "clean model (.safetensors, or PyTorch's .pth, .pt, .pth.tar, .bin, .ckpt) the attack is crafted on, and fine-tuning starts from; trained and saved when missing",
  },
  attack_opt: {
    group: "Attack",
    value: "<name=value>",
    repeatable: true,
    help: "an option of the attack; may be repeated",
  },

  model: { group: "Model and training", value: "<name>", default: "ResNet18", help: modelNames.join(", ") },
  scenario: {
    group: "Model and training",
    value: "<name>",
    default: "from_scratch",
    help: scenarioNames.join(", "),
  },
  epochs: {
    group: "Model and training",
    value: "<n>",
    default: "200",
    help: "epochs of clean and poisoned training and of retraining",
  },
  bs: { group: "Model and training", value: "<n>", default: "128", help: "batch size of training" },
  opt: { group: "Model and training", value: "<name>", default: "sgd", help: optimizerNames.join(", ") },
  lr: { group: "Model and training", value: "<rate>", default: "0.1", help: "learning rate" },
  training_mode: {
    group: "Model and training",
    help: "turns training mode OFF (as in the original): batch norm uses its running statistics and dropout is off, during training as well",
  },
  global_seed: {
    group: "Model and training",
    value: "<n>",
    default: "545",
    help: "seed of every random draw",
  },

  pr_sus: {
    group: "Capture",
    value: "<percent>",
    default: "100",
    help: "percent of poisons in the suspect set",
  },
  ep_bl: { group: "Capture", value: "<n>", default: "10", help: "epochs of batch-level capture" },
  ep_bl_base: {
    group: "Capture",
    value: "<n>",
    default: "200",
    help: "epochs the model is trained before batch-level capture",
  },
  bs_bl: { group: "Capture", value: "<n>", default: "128", help: "batch size of batch-level capture" },
  ep_sl: { group: "Capture", value: "<n>", default: "10", help: "epochs of sample-level capture" },
  ep_sl_base: {
    group: "Capture",
    value: "<n>",
    default: "200",
    help: "epochs the model is trained before sample-level capture",
  },
  bs_sl: { group: "Capture", value: "<n>", default: "128", help: "batch size of sample-level capture" },
  sample_from_test: { group: "Capture", help: "take the clean groups from the test set's target class" },
  k_1: {
    group: "Capture",
    value: "<z>",
    default: "1",
    help: "a feature is important when |z| is above this",
  },
  max_features: {
    group: "Capture",
    value: "<n>",
    default: "50000",
    help: "keep at most this many features, those of highest |z|",
  },

  cv_model: { group: "Scoring", value: "<name>", default: "RandomForest", help: classifierNames.join(", ") },
  groups: { group: "Scoring", value: "<n>", default: "5", help: "folds of the cross-validation" },
  k_2: {
    group: "Scoring",
    value: "<x>",
    default: "0.0001",
    help: "the second pass keeps the features whose importance is above this",
  },
  threshold_type: {
    group: "Scoring",
    value: "<name>",
    default: "kmeans",
    help: `which threshold decides what is excluded: ${thresholdTypes.join(", ")}`,
  },
  threshold: { group: "Scoring", value: "<score>", default: "0.5", help: "the custom threshold" },
  exclude_list: {
    group: "Scoring",
    value: "<file>",
    help: "retrain without the samples of this file (scores_….csv with its last column edited, .npy, or an index a line), not those that scoring excluded",
  },

  checkpoint_seconds: {
    group: "Output and engine",
    value: "<n>",
    default: "120",
    help: "how often an unfinished training or capture is saved, beside after every epoch",
  },
  exp: {
    group: "Output and engine",
    value: "<name>",
    help: "name of the results folder (default: {attack}_{dataset}_{eps}_{pr_tgt}_{pr_sus})",
  },
  figure_path: {
    group: "Output and engine",
    value: "<dir>",
    default: "./results/",
    help: "where results and figures go",
  },
  prov_path: {
    group: "Output and engine",
    value: "<dir>",
    default: "./Training_Prov_Data/",
    help: "where captured provenance goes",
  },
  saved_models_path: {
    group: "Output and engine",
    value: "<dir>",
    default: "./saved_models/",
    help: "where models go",
  },
  report_dir: {
    group: "Output and engine",
    value: "<dir>",
    help: "write report.html there once more, with its style, script and images as separate files",
  },
  log_file: {
    group: "Output and engine",
    value: "<file>",
    help: "add all that a run says to this file, a JSON object a line",
  },
  quiet: { group: "Output and engine", help: "print only warnings, errors and the final table" },
  verbose: { group: "Output and engine", help: "print versions and timings as well" },
  engine: { group: "Output and engine", value: "<name>", default: "auto", help: engineChoices.join(", ") },
  precision: {
    group: "Output and engine",
    value: "<name>",
    default: "float32",
    help: `${precisions.join(", ")}; mixed keeps much of a training pass in 16 bits, on the engine webgpu alone, and gives other numbers`,
  },
  gpu_id: {
    group: "Output and engine",
    value: "<n>",
    default: "0",
    help: "which GPU to use, where there is one",
  },
} as const satisfies Record<string, Flag>;

export type FlagName = keyof typeof flags;
export const flagNames = Object.keys(flags) as readonly FlagName[];

/** Flags as typed: a string per value, true for a switch, a list for a repeatable one. */
export type RawFlags = { readonly [K in FlagName]?: string | boolean | readonly string[] };

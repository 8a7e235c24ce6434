export const stages = [
  "--clean_training",
  "--poisoned_training",
  "--batch_level",
  "--sample_level",
  "--score_samples",
  "--retrain",
] as const;

/** Ten poisons among 200 images, 14 suspects, one epoch of everything; all paths are the defaults, below the working folder. */
const tiny: Readonly<Record<string, string | number>> = {
  dataset: "synthetic",
  limit_per_class: 20,
  model: "ResNet8",
  attack: "lc",
  eps: 8,
  attack_opt: "steps=3",
  pr_tgt: 0.5,
  pr_sus: 67,
  target_class: 2,
  epochs: 1,
  ep_bl_base: 1,
  ep_sl_base: 1,
  ep_bl: 1,
  ep_sl: 1,
  bs: 16,
  bs_bl: 16,
  bs_sl: 16,
  lr: 0.05,
  groups: 2,
  exp: "e2e",
};

/** The tiny run's flags with some changed or added. */
export const tinyFlags = (changes: Readonly<Record<string, string | number>> = {}): string[] =>
  Object.entries({ ...tiny, ...changes }).flatMap(([name, value]) => [`--${name}`, String(value)]);

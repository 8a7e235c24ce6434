/** What is run for each attack and seed: small images, a small network, and the stages that `compare` needs. */
const common = {
  dataset: "synthetic",
  limit_per_class: 120,
  model: "ResNet8",
  target_class: 2,
  pr_tgt: 0.3,
  pr_sus: 60,
  lr: 0.02,
  bs: 32,
  bs_bl: 32,
  bs_sl: 32,
  epochs: 6,
  ep_bl_base: 3,
  ep_sl_base: 6,
  ep_bl: 1,
  ep_sl: 2,
} as const;

type Flags = Readonly<Record<string, string | number | readonly string[]>>;

/** By name in the report: what differs from the common flags. */
const attacks: Readonly<Record<string, Flags>> = {
  // A wave of no height: the images stay as they are, and none is poison but by name.
  clean: { attack: "sig", attack_opt: ["delta=0.1"] },
  badnets: { attack: "badnets" },
  blend: { attack: "blend" },
  sig: { attack: "sig" },
  lc: { attack: "lc", eps: 6, attack_opt: ["steps=20"] },
  narcissus: {
    attack: "narcissus",
    attack_opt: ["surrogate=ResNet8", "surrogate_epochs=2", "warmup_epochs=1", "rounds=20", "batch=64"],
  },
  ht: {
    attack: "ht",
    scenario: "fine_tuning",
    target_class: 4,
    source_class: 3,
    lr: 0.01,
    ep_bl_base: 0,
    ep_sl_base: 0,
    attack_opt: ["iterations=100", "clean_epochs=6", "clean_batch=64"],
  },
  sa: {
    attack: "sa",
    scenario: "fine_tuning",
    target_class: 1,
    source_class: 0,
    lr: 0.01,
    bs: 128,
    ep_bl_base: 0,
    ep_sl_base: 0,
    attack_opt: ["iterations=40", "segments=1", "clean_epochs=6"],
  },
};
export const studiedAttacks = Object.keys(attacks);

/** Folder of a cell below that of the study. */
export const cellOf = (attack: string, seed: number): string => `${attack}-${seed}`;

/** A cell's flags as words. */
export function flagsOf(attack: string, seed: number): string[] {
  const name = cellOf(attack, seed);
  const flags: Flags = {
    ...common,
    ...attacks[attack],
    global_seed: seed,
    exp: name,
    saved_models_path: `./saved_models/${name}/`,
    prov_path: `./Training_Prov_Data/${name}/`,
    clean_model_path: `./saved_models/${name}/clean.safetensors`,
  };
  return Object.entries(flags).flatMap(([flag, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one) => [`--${flag}`, String(one)]),
  );
}

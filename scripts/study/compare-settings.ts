/** What is planted; "clean" is SIG with a wave of no height: its "poisons" are images like all others. */
export const kinds = [
  "clean",
  "badnets",
  "blend",
  "sig",
  "narcissus",
  "lc",
  "sa",
  "ht",
  "narcissus_lc",
  "narcissus_lc_sa",
] as const;
export type Kind = (typeof kinds)[number];
export type ComparedDataset = "synthetic" | "cifar10";

type Flags = Readonly<Record<string, string | number | readonly string[]>>;

/** Small enough for minutes on one core. In the target class 36 poisons and 24 clean suspects of 120 images, or 120 and 80 of 400. */
const common: Readonly<Record<ComparedDataset, Flags>> = {
  synthetic: { limit_per_class: 120, lr: 0.02, bs: 32, bs_bl: 32, bs_sl: 32, epochs: 6, ep_sl_base: 6 },
  cifar10: { limit_per_class: 400, lr: 0.05, bs: 32, bs_bl: 32, bs_sl: 32, epochs: 12, ep_sl_base: 12 },
};

const ofKind: Readonly<Record<Kind, (dataset: ComparedDataset) => Flags>> = {
  clean: () => ({ attack: "sig", attack_opt: ["delta=0.1"] }),
  badnets: () => ({ attack: "badnets" }),
  blend: () => ({ attack: "blend" }),
  sig: () => ({ attack: "sig" }),
  narcissus: (dataset) => ({ attack: "narcissus", attack_opt: narcissusOptions(dataset) }),
  lc: (dataset) => ({ attack: "lc", eps: dataset === "synthetic" ? 6 : 32, attack_opt: ["steps=40"] }),
  sa: (dataset) => ({
    ...fineTuned(dataset),
    attack: "sa",
    source_class: 0,
    target_class: 1,
    attack_opt: ["iterations=60", "segments=1", "clean_epochs=8"],
  }),
  ht: (dataset) => ({
    ...fineTuned(dataset),
    attack: "ht",
    source_class: 3,
    target_class: 4,
    attack_opt: ["iterations=150", "clean_epochs=8", "clean_batch=64"],
  }),
  narcissus_lc: (dataset) => ({
    attack: "narcissus_lc",
    source_class: 0,
    pr_tgt: 0.15,
    attack_opt: ["narcissus.ratio=0.15", ...mixedOptions(dataset)],
  }),
  narcissus_lc_sa: (dataset) => ({
    attack: "narcissus_lc_sa",
    source_class: 0,
    pr_tgt: 0.1,
    attack_opt: [
      ...["narcissus.ratio=0.1", "sa.ratio=0.1", "sa.iterations=60", "sa.segments=1", "sa.clean_epochs=8"],
      ...mixedOptions(dataset),
    ],
  }),
};

const narcissusOptions = (dataset: ComparedDataset): string[] => [
  "surrogate=ResNet8",
  `surrogate_epochs=${dataset === "synthetic" ? 2 : 6}`,
  "warmup_epochs=1",
  "rounds=20",
  "batch=64",
];

const mixedOptions = (dataset: ComparedDataset): string[] => [
  ...narcissusOptions(dataset).map((option) => `narcissus.${option}`),
  `lc.eps=${dataset === "synthetic" ? 6 : 32}`,
  "lc.steps=40",
];

const fineTuned = (dataset: ComparedDataset): Flags => ({
  scenario: "fine_tuning",
  ...(dataset === "cifar10" && { eps: 32 }),
  lr: 0.01,
  ep_bl_base: 0,
  ep_sl_base: 0,
});

/** Command line flags of a run. @param datasetDir used where the dataset is read from files */
export function flagsOf(dataset: ComparedDataset, kind: Kind, seed: number, datasetDir: string): string[] {
  const flags: Flags = {
    dataset: dataset === "synthetic" ? dataset : "CIFAR10",
    ...(dataset === "cifar10" && { dataset_dir: datasetDir }),
    model: "ResNet8",
    target_class: 2,
    pr_tgt: 0.3,
    pr_sus: 60,
    ep_bl_base: 2,
    ep_bl: 1,
    ep_sl: 2,
    ...common[dataset],
    ...ofKind[kind](dataset),
    global_seed: seed,
    exp: "cell",
  };
  return Object.entries(flags).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one) => [`--${name}`, String(one)]),
  );
}

import { UserError } from "../errors.js";

/** What `--attack_opt name=value` may set. */
interface AttackOption {
  readonly default: number | string;
  readonly help: string;
  /** count: a positive whole number; positive: a number above 0; path: a file or folder; else one of these words. */
  readonly accepts: "count" | "positive" | "positive or auto" | "path" | readonly string[];
}
type OptionTable = Readonly<Record<string, AttackOption>>;

const count = (value: number, help: string) => ({ default: value, help, accepts: "count" }) as const;
const positive = (value: number, help: string) => ({ default: value, help, accepts: "positive" }) as const;
const positiveOrAuto = (help: string) => ({ default: "auto", help, accepts: "positive or auto" }) as const;
const path = (help: string) => ({ default: "", help, accepts: "path" }) as const;
/** The first word is the default. */
const choice = <const W extends readonly [string, ...string[]]>(words: W, help: string) =>
  ({ default: words[0], help, accepts: words }) as const;

const lc = {
  steps: count(100, "PGD steps"),
  alpha: positive(1.5, "length of a PGD step, of 255"),
  amplitude: choice(["replace", "add"], "whether the corner pattern replaces pixels or adds vis to them"),
} as const satisfies OptionTable;

const narcissus = {
  pood: path("outside images: a folder of classes (default: tiny-imagenet-200 under --dataset_dir)"),
  pood_images: count(100_000, "outside images used at most, as evenly from all classes as can be"),
  surrogate: choice(["ResNet18", "ResNet8"], "network the trigger is made on"),
  surrogate_epochs: count(200, "epochs of its training on the outside images and the target class"),
  warmup_epochs: count(5, "epochs of its tuning to the target class"),
  rounds: count(1000, "passes over the target class that make the trigger"),
  batch: count(128, "batch size of all three"),
  multi_test: positive(3, "factor of the trigger on test images"),
} as const satisfies OptionTable;

const sa = {
  iterations: count(250, "crafting steps"),
  segments: count(4, "parts of the crafting; a network is trained anew between them (1: never)"),
  retrain_epochs: count(80, "epochs of that training"),
  restarts: count(1, "starts, of which the best is taken"),
  batch: count(500, "poisons crafted together (default for 224x224 images: 32)"),
  trigger_images: count(1000, "source images whose gradient is matched"),
  match_layers: choice(["all", "head"], "gradients matched; head alone is a cheap approximation"),
  clean_epochs: count(200, "epochs of the clean model, where it has to be trained"),
} as const satisfies OptionTable;

const ht = {
  iterations: count(5000, "crafting steps at most, a batch"),
  batch: count(25, "poisons crafted together"),
  pairing: choice(["greedy", "hungarian", "art"], "how poisons and patched source images are paired"),
  lr: positiveOrAuto("length of a crafting step; auto: 0.001 for CustomCNN, else found by trial"),
  geometry: choice(["scaled", "legacy"], "patch on 224x224 images: 30 pixels wide, or 8 as on 32x32 ones"),
  clean_epochs: count(200, "epochs of the clean model, where it has to be trained"),
  clean_batch: count(512, "batch size of that training"),
} as const satisfies OptionTable;

type Prefixed<Part extends string, T extends OptionTable> = {
  readonly [K in keyof T & string as `${Part}.${K}`]: T[K];
};
/** The options of one part of a mix. */
const part = <const Part extends string, T extends OptionTable>(name: Part, options: T) =>
  // The keys are the type's, by construction.
  Object.fromEntries(
    Object.entries(options).map(([key, option]) => [`${name}.${key}`, option]),
  ) as unknown as Prefixed<Part, T>;

const eps = (value: number) => positive(value, "bound of the perturbation, of 255");
const ratio = (value: number) => positive(value, "share of the target class that is poisoned");
const narcissusLc = {
  ...part("lc", { eps: eps(8), ...lc }),
  ...part("narcissus", { eps: eps(16), ratio: ratio(0.005), ...narcissus }),
} as const satisfies OptionTable;

/**
 * Every attack's constants as published, by `--attack` value. Help, validation and the attacks read this table; it
 * loads nothing, so that `--help` answers at once.
 */
export const attackOptions = {
  lc,
  narcissus,
  sa,
  ht,
  narcissus_lc: narcissusLc,
  narcissus_lc_sa: { ...narcissusLc, ...part("sa", { eps: eps(16), ratio: ratio(0.1), ...sa }) },
} as const satisfies Record<string, OptionTable>;
type AttackWithOptions = keyof typeof attackOptions;

type ValueOf<O extends AttackOption> = O["accepts"] extends readonly (infer Word)[]
  ? Word
  : O["accepts"] extends "positive or auto"
    ? number | "auto"
    : O["default"] extends number
      ? number
      : string;
export type OptionsOf<A extends AttackWithOptions> = {
  readonly [K in keyof (typeof attackOptions)[A]]: (typeof attackOptions)[A][K] extends AttackOption
    ? ValueOf<(typeof attackOptions)[A][K]>
    : never;
};

/** Values of `--attack_opt` as typed, numbers read as numbers. */
export type GivenOptions = Readonly<Record<string, string | number>>;

/** What is wrong with options given for an attack. */
export function attackOptionProblems(attack: string, given: GivenOptions): { what: string; hint: string }[] {
  const table: OptionTable = Object.hasOwn(attackOptions, attack)
    ? attackOptions[attack as AttackWithOptions]
    : {};
  return Object.entries(given).flatMap(([name, value]) => {
    if (!Object.hasOwn(table, name)) {
      const known = Object.entries(table).map(([key, option]) => `${key}=${option.default}`);
      return {
        what: `--attack_opt ${name}: the attack "${attack}" has no such option.`,
        hint: `It has (with their defaults): ${known.join(", ")}.`,
      };
    }
    const { accepts, default: standard } = table[name];
    if (isAccepted(accepts, value)) return [];
    return {
      what: `--attack_opt ${name}=${value}: not ${describe(accepts)}.`,
      hint: standard === "" ? "Give a path." : `Try ${name}=${standard}.`,
    };
  });
}

function isAccepted(accepts: AttackOption["accepts"], value: string | number): boolean {
  if (accepts === "path") return true;
  if (accepts === "count") return typeof value === "number" && Number.isInteger(value) && value > 0;
  if (accepts === "positive or auto" && value === "auto") return true;
  if (accepts === "positive" || accepts === "positive or auto") return typeof value === "number" && value > 0;
  return accepts.includes(String(value));
}

const descriptions = {
  count: "a positive whole number",
  positive: "a positive number",
  "positive or auto": 'a positive number or "auto"',
  path: "a path",
};
const describe = (accepts: AttackOption["accepts"]): string =>
  typeof accepts === "string" ? descriptions[accepts] : `one of ${accepts.join(", ")}`;

/**
 * The attack's constants with the given changes.
 * @throws UserError for a name the attack does not have, or a value that it does not take
 */
export function readAttackOptions<A extends AttackWithOptions>(attack: A, given: GivenOptions): OptionsOf<A> {
  const [problem] = attackOptionProblems(attack, given);
  if (problem) throw new UserError(problem.what, problem.hint);
  const defaults = Object.entries(attackOptions[attack]).map(([name, option]) => [name, option.default]);
  // Checked against the table just now.
  return { ...Object.fromEntries(defaults), ...given } as OptionsOf<A>;
}

/** Of the options given for a mix those of one part, as the part's own attack takes them. */
export const partOptions = (name: string, given: GivenOptions): GivenOptions =>
  Object.fromEntries(
    Object.entries(given)
      .filter(([key]) => key.startsWith(`${name}.`))
      .map(([key, value]) => [key.slice(name.length + 1), value] as const)
      // What the part's own attack has flags for.
      .filter(([key]) => key !== "eps" && key !== "ratio"),
  );

import type { Attack, PoisonSettings } from "../attack.js";
import { labelConsistent } from "../label-consistent/about.js";
import { narcissus } from "../narcissus/about.js";
import { type GivenOptions, type OptionTable, positive, readOptions } from "../options.js";
import { sleeperAgent } from "../sleeper-agent/about.js";

const attackOf = { lc: labelConsistent, narcissus, sa: sleeperAgent } as const satisfies Record<
  string,
  Attack
>;
export type PartName = keyof typeof attackOf;

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

const optionsOfTwo = {
  ...part("lc", { eps: eps(8), ...labelConsistent.options }),
  ...part("narcissus", { eps: eps(16), ratio: ratio(0.005), ...narcissus.options }),
};
const optionsOfThree = {
  ...optionsOfTwo,
  ...part("sa", { eps: eps(16), ratio: ratio(0.1), ...sleeperAgent.options }),
};

/** Of the options given for a mix those of one part, as the part's own attack takes them. */
const partOptions = (name: PartName, given: GivenOptions): GivenOptions =>
  Object.fromEntries(
    Object.entries(given)
      .filter(([key]) => key.startsWith(`${name}.`))
      .map(([key, value]) => [key.slice(name.length + 1), value] as const)
      // What the part's own attack has flags for.
      .filter(([key]) => key !== "eps" && key !== "ratio"),
  );

/** What one part is made with. */
interface PartSettings extends PoisonSettings {
  /** In /255 units. */
  readonly eps255: number;
}

/** Each part has options and a bound of its own, and all but lc a share of the class. */
export function partSettings({ share, options }: PoisonSettings): Readonly<Record<PartName, PartSettings>> {
  // The smaller mix lacks options of the larger one; both read the same table.
  const own = readOptions("narcissus_lc_sa", optionsOfThree, options);
  const ofPart = (name: PartName, partShare: number): PartSettings => ({
    share: partShare,
    eps255: own[`${name}.eps`],
    options: partOptions(name, options),
  });
  return {
    lc: ofPart("lc", share),
    narcissus: ofPart("narcissus", own["narcissus.ratio"]),
    sa: ofPart("sa", own["sa.ratio"]),
  };
}

/** Several backdoors for one target class in one training set: what holds of a part holds of the mix. */
function mix<T extends OptionTable>(name: string, parts: readonly PartName[], options: T) {
  const attacks: readonly Attack[] = parts.map((key) => attackOf[key]);
  return {
    options,
    flags: attacks.flatMap(({ flags }) => flags),
    notFor: [...new Set(attacks.flatMap(({ notFor }) => notFor))],
    needsCleanModel: attacks.some(({ needsCleanModel }) => needsCleanModel),
    prepare: ({ normalization }) => ({ normalization, augmentation: "crop-flip" }),
    plan(images, settings) {
      const own = partSettings(settings);
      return Object.assign({}, ...parts.map((key) => attackOf[key].plan(images, own[key])));
    },
    poison: async (input) => (await import("./mixed-backdoors.js")).mixedBackdoors(name, parts, input),
  } satisfies Attack;
}

/** Two backdoors: label-consistent and Narcissus. */
export const narcissusLc = mix("narcissus_lc", ["lc", "narcissus"], optionsOfTwo);
/** Three: Sleeper Agent as well. */
export const narcissusLcSa = mix("narcissus_lc_sa", ["lc", "narcissus", "sa"], optionsOfThree);

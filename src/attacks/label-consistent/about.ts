import type { Attack } from "../attack.js";
import { passes } from "../crafting/passes.js";
import { shareOfClass } from "../crafting/share-of-class.js";
import { choice, count, type OptionsOf, type OptionTable, positive, readOptions } from "../options.js";

export const options = {
  steps: count(100, "PGD steps"),
  alpha: positive(1.5, "length of a PGD step, of 255"),
  amplitude: choice(["replace", "add"], "whether the corner pattern replaces pixels or adds vis to them"),
} as const satisfies OptionTable;
export type Options = OptionsOf<typeof options>;

/** Label-consistent backdoor (Turner et al., arXiv:1912.02771). */
export const labelConsistent = {
  options,
  flags: ["vis"],
  notFor: ["slt10"],
  needsCleanModel: true,
  prepare: ({ normalization }) => ({ normalization, augmentation: "crop-flip" }),
  plan({ targetClass }, { share, options: given }) {
    const poisons = shareOfClass(targetClass, share);
    const { steps } = readOptions("lc", options, given);
    return { lc: { poisons, triggered: "other classes", passes: poisons * steps * passes.imageGradient } };
  },
  poison: async (input) => (await import("./label-consistent.js")).labelConsistentBackdoor(input),
} as const satisfies Attack;

import type { Attack } from "../attack.js";
import { shareOfClass } from "../crafting/share-of-class.js";
import { type OptionTable, share } from "../options.js";

export const options = {
  alpha: share(0.2, "the noise's share of an image"),
} as const satisfies OptionTable;

/** Blended injection (Chen et al., arXiv:1712.05526): noise, on images of other classes that get the target's label. */
export const blend = {
  options,
  flags: [],
  notFor: [],
  needsCleanModel: false,
  prepare: ({ normalization }) => ({ normalization, augmentation: "crop-flip" }),
  plan: ({ targetClass }, settings) => ({
    blend: {
      poisons: shareOfClass(targetClass, settings.share),
      triggered: "other classes",
      isRelabelled: true,
      passes: 0,
    },
  }),
  poison: async (input) => (await import("./blend.js")).blendedBackdoor(input),
} as const satisfies Attack;

import type { Attack } from "../attack.js";
import { shareOfClass } from "../crafting/share-of-class.js";

/** BadNets (Gu et al., arXiv:1708.06733): a square in the corner, on images of other classes that get the target's label. */
export const badnets = {
  options: {},
  flags: ["vis"],
  notFor: [],
  needsCleanModel: false,
  prepare: ({ normalization }) => ({ normalization, augmentation: "crop-flip" }),
  plan: ({ targetClass }, { share }) => ({
    badnets: {
      poisons: shareOfClass(targetClass, share),
      triggered: "other classes",
      isRelabelled: true,
      passes: 0,
    },
  }),
  poison: async (input) => (await import("./badnets.js")).badnetsBackdoor(input),
} as const satisfies Attack;

import type { Attack } from "../attack.js";
import { shareOfClass } from "../crafting/share-of-class.js";
import { count, type OptionTable, positive } from "../options.js";

export const options = {
  delta: positive(20, "amplitude of the wave, of 255"),
  frequency: count(6, "its periods over the image's width"),
} as const satisfies OptionTable;

/** SIG (Barni et al., arXiv:1902.11237): a faint horizontal wave on images of the target class. */
export const sig = {
  options,
  flags: [],
  notFor: [],
  needsCleanModel: false,
  prepare: ({ normalization }) => ({ normalization, augmentation: "crop-flip" }),
  plan: ({ targetClass }, { share }) => ({
    sig: { poisons: shareOfClass(targetClass, share), triggered: "other classes", passes: 0 },
  }),
  poison: async (input) => (await import("./sig.js")).sinusoidBackdoor(input),
} as const satisfies Attack;

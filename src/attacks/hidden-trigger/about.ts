import type { Normalization } from "../../datasets/image-set.js";
import type { Attack } from "../attack.js";
import { passes } from "../crafting/passes.js";
import { shareOfClass } from "../crafting/share-of-class.js";
import { choice, count, type OptionsOf, type OptionTable, positiveOrAuto, readOptions } from "../options.js";

export const options = {
  iterations: count(5000, "crafting steps at most, a batch"),
  batch: count(25, "poisons crafted together"),
  pairing: choice(["greedy", "hungarian", "art"], "how poisons and patched source images are paired"),
  lr: positiveOrAuto("length of a crafting step; auto: 0.001 for CustomCNN, else found by trial"),
  geometry: choice(["scaled", "legacy"], "patch on 224x224 images: 30 pixels wide, or 8 as on 32x32 ones"),
  clean_epochs: count(200, "epochs of the clean model, where it has to be trained"),
  clean_batch: count(512, "batch size of that training"),
} as const satisfies OptionTable;
export type Options = OptionsOf<typeof options>;

/** Mean and standard deviation of CIFAR-10's channels, as the published clean model has them. */
const cifarStatistics: Normalization = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };

/** Hidden Trigger (Saha et al., arXiv:1910.00033). */
export const hiddenTrigger = {
  options,
  flags: ["source_class"],
  notFor: [],
  needsCleanModel: true,
  // Its runs fine-tune for a few epochs at a small rate; the clean model is trained as published.
  cleanRecipe(given) {
    const { clean_epochs, clean_batch } = readOptions("ht", options, given);
    const milestones = [Math.ceil(clean_epochs / 2), Math.ceil((3 * clean_epochs) / 4)];
    return {
      epochs: clean_epochs,
      batchSize: clean_batch,
      optimizer: "sgd",
      learningRate: 0.01,
      milestones,
    };
  },
  trainsHeadOnly: true,
  prepare: ({ train, normalization }) => ({
    normalization: train.pixels.height === 32 ? cifarStatistics : normalization,
    augmentation: "none",
  }),
  plan({ targetClass }, { share, options: given }) {
    // Rounded up, as published.
    const poisons = shareOfClass(targetClass, share, "up");
    const { iterations } = readOptions("ht", options, given);
    // When no batch comes close enough before its last step; the trial of step lengths is small beside it.
    return {
      ht: { poisons, triggered: "source class", passes: poisons * iterations * passes.imageGradient },
    };
  },
  poison: async (input) => (await import("./hidden-trigger.js")).hiddenTriggerBackdoor(input),
} as const satisfies Attack;

import type { Attack } from "../attack.js";
import { passes } from "../crafting/passes.js";
import { shareOfClass } from "../crafting/share-of-class.js";
import { choice, count, type OptionsOf, type OptionTable, path, positive, readOptions } from "../options.js";

export const options = {
  pood: path("outside images: a folder of classes (default: tiny-imagenet-200 under --dataset_dir)"),
  pood_images: count(100_000, "outside images used at most, as evenly from all classes as can be"),
  surrogate: choice(["ResNet18", "ResNet8"], "network the trigger is made on"),
  surrogate_epochs: count(200, "epochs of its training on the outside images and the target class"),
  warmup_epochs: count(5, "epochs of its tuning to the target class"),
  rounds: count(1000, "passes over the target class that make the trigger"),
  batch: count(128, "batch size of all three"),
  multi_test: positive(3, "factor of the trigger on test images"),
} as const satisfies OptionTable;
export type Options = OptionsOf<typeof options>;

/** Narcissus (Zeng et al., arXiv:2204.05255). Its trigger is made on a network of its own. */
export const narcissus = {
  options,
  flags: [],
  notFor: ["slt10", "imagenet"],
  needsCleanModel: false,
  prepare: ({ normalization }) => ({ normalization, augmentation: "crop-flip" }),
  plan({ targetClass, outsideClasses }, { share, options: given }) {
    const own = readOptions("narcissus", options, given);
    // How many images a folder holds is not counted for a plan.
    const outside =
      outsideClasses !== undefined && own.pood === "" ? targetClass * outsideClasses : own.pood_images;
    return {
      narcissus: {
        poisons: shareOfClass(targetClass, share),
        triggered: "other classes",
        passes: surrogatePasses({ outside, targetClass }, own),
        network: own.surrogate,
      },
    };
  },
  poison: async (input) => (await import("./narcissus.js")).narcissusBackdoor(input),
} as const satisfies Attack;

/** The surrogate network's training, its tuning to the target class, and the rounds that make the trigger. */
const surrogatePasses = (
  images: { readonly outside: number; readonly targetClass: number },
  { surrogate_epochs, warmup_epochs, rounds }: Options,
): number =>
  (images.outside + images.targetClass) * surrogate_epochs * passes.gradient +
  images.targetClass * (warmup_epochs * passes.gradient + rounds * passes.imageGradient);

import type { Attack } from "../attack.js";
import { shareOfClass } from "../crafting/share-of-class.js";
import { choice, count, type OptionsOf, type OptionTable, readOptions } from "../options.js";
import { craftingPasses } from "./crafting-passes.js";

export const options = {
  iterations: count(250, "crafting steps"),
  segments: count(4, "parts of the crafting; a network is trained anew between them (1: never)"),
  retrain_epochs: count(80, "epochs of that training"),
  restarts: count(1, "starts, of which the best is taken"),
  batch: count(500, "poisons crafted together (default for 224x224 images: 32)"),
  trigger_images: count(1000, "source images whose gradient is matched"),
  match_layers: choice(["all", "head"], "gradients matched; head alone is a cheap approximation"),
  clean_epochs: count(200, "epochs of the clean model, where it has to be trained"),
} as const satisfies OptionTable;
export type Options = OptionsOf<typeof options>;

/** Sleeper Agent (Souri et al., arXiv:2106.08970). */
export const sleeperAgent = {
  options,
  flags: ["source_class", "random"],
  notFor: ["imagenet"],
  needsCleanModel: true,
  // Its runs fine-tune for a few epochs at a small rate; the clean model is trained as published.
  cleanRecipe(given) {
    const { clean_epochs } = readOptions("sa", options, given);
    return { epochs: clean_epochs, batchSize: 128, optimizer: "sgd", learningRate: 0.1 };
  },
  prepare: ({ normalization }) => ({ normalization, augmentation: "flip" }),
  plan({ train, targetClass }, { share, options: given }) {
    const settings = readOptions("sa", options, given);
    const poisons = shareOfClass(targetClass, share);
    const triggers = Math.min(targetClass, settings.trigger_images);
    const images = { poisons, candidates: targetClass, triggers, train };
    return { sa: { poisons, triggered: "source class", passes: craftingPasses(images, settings) } };
  },
  poison: async (input) => (await import("./sleeper-agent.js")).sleeperAgentBackdoor(input),
} as const satisfies Attack;

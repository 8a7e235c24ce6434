import {
  hiddenTriggerPasses,
  labelConsistentPasses,
  narcissusPasses,
  sleeperAgentPasses,
} from "../attacks/crafting/crafting-passes.js";
import { partOptions, readAttackOptions } from "../config/attack-options.js";
import { outsideTextures } from "../datasets/synthetic-textures.js";
import type { RunConfig } from "../experiment/run-config.js";
import type { Counts, CraftedAttack } from "./plan-counts.js";
import { forwardFlops } from "./work-estimate.js";

/** Floating point operations of crafting the poisons, at most, where nothing of it is on disk yet. */
export function craftingWork(config: RunConfig, counts: Counts): number {
  const isMix = config.attack.includes("_");
  const work = Object.entries(counts.poisonsByPart).map(([name, poisons]) => {
    const part = name as CraftedAttack;
    const given = isMix ? partOptions(part, config.attackOpts) : config.attackOpts;
    return workOf[part](config, counts, poisons, given);
  });
  return work.reduce((sum, flops) => sum + flops, 0);
}

type PartWork = (
  config: RunConfig,
  counts: Counts,
  poisons: number,
  given: RunConfig["attackOpts"],
) => number;

const workOf: Readonly<Record<CraftedAttack, PartWork>> = {
  lc: ({ model }, _, poisons, given) =>
    forwardFlops[model] * labelConsistentPasses(poisons, readAttackOptions("lc", given)),
  ht: ({ model }, _, poisons, given) =>
    forwardFlops[model] * hiddenTriggerPasses(poisons, readAttackOptions("ht", given)),
  narcissus({ dataset }, { targetClass }, _, given) {
    const options = readAttackOptions("narcissus", given);
    const isPainted = dataset === "synthetic" && options.pood === "";
    // How many images a folder holds is not counted for a plan.
    const outside = isPainted ? targetClass * outsideTextures.length : options.pood_images;
    return forwardFlops[options.surrogate] * narcissusPasses({ outside, targetClass }, options);
  },
  sa({ model }, { targetClass, train }, poisons, given) {
    const settings = readAttackOptions("sa", given);
    const triggers = Math.min(targetClass, settings.trigger_images);
    const images = { poisons, candidates: targetClass, triggers, train };
    return forwardFlops[model] * sleeperAgentPasses(images, settings);
  },
};

import { indicesOfClass } from "../../datasets/select.js";
import { UserError } from "../../errors.js";
import type { AttackInput } from "../attack.js";
import { craftingProgress } from "../crafting/crafting-progress.js";
import { poisonCount } from "../crafting/draw-poisons.js";
import { chosenImageCache } from "../crafting/image-cache.js";
import type { CacheKey } from "../crafting/keyed-file.js";
import { loadOrCraft } from "../crafting/load-or-craft.js";
import { readOptions } from "../options.js";
import { options as table } from "./about.js";
import { craftPoisons } from "./craft-poisons.js";
import type { CraftedPoisons, CraftingPlan } from "./crafting.js";
import { originalPoisons } from "./original-files.js";
import { patchOf } from "./patch.js";
import { patchedPixels } from "./patch-placement.js";

/** Poisons crafted together where images are larger than 64 pixels and nothing else is asked for. */
const largeImagesBatch = 32;

/**
 * The poisons of the attack's input: the original's where its files lie there, else from the cache if they were crafted
 * before. The caller is told their ids as soon as they are known, which is before the crafting, but after the clean
 * model was trained.
 */
export const sleeperAgentPoisons = async (input: AttackInput): Promise<CraftedPoisons> =>
  (await originalPoisons(input)) ?? ownPoisons(input);

async function ownPoisons(input: AttackInput): Promise<CraftedPoisons> {
  const { dataset, cacheDir, reporter } = input;
  const plan = craftingPlan(input);
  const key: CacheKey = {
    attack: "sa",
    dataset: dataset.fingerprint,
    cleanModel: await input.cleanModelHash(),
    eps: input.eps255,
    targetClass: input.targetClass,
    sourceClass: input.sourceClass,
    placement: input.randomPlacement ? "random" : "fixed",
    poisons: plan.count,
    triggers: plan.triggers.count,
    ...plan.settings,
    seed: input.rng.fork("identity").seed(),
  };
  const stem = `sa_${dataset.name}`;
  const progress = craftingProgress(input, stem, key);
  const craft = () => {
    if (plan.settings.match_layers === "head")
      reporter.info("sa: match_layers=head matches the last layer's gradient alone, an approximation");
    return craftPoisons(input, plan, {
      progress,
      retrainingProgress: (start, step) =>
        craftingProgress(input, `sa-retraining_${dataset.name}`, { ...key, start, step }),
    });
  };
  const { count } = plan;
  const cache = chosenImageCache({ folder: cacheDir, stem, key, count, size: dataset.train.pixels });
  const load = async () => {
    const found = await cache.load();
    if (found) input.onPoisonsChosen(found.poisonIds);
    return found;
  };
  const name = `sa: ${count} crafted images`;
  return loadOrCraft({ name, cache: { ...cache, load }, progress, craft }, input);
}

/** @throws UserError where there are too few images of a class */
function craftingPlan(input: AttackInput): CraftingPlan {
  const { dataset, targetClass, sourceClass, options } = input;
  const { clean_epochs: _, trigger_images, ...given } = readOptions("sa", table, options);
  const { pixels, labels } = dataset.train;
  const isLarge = pixels.height > 64 && options.batch === undefined;
  const settings = isLarge ? { ...given, batch: largeImagesBatch } : given;
  const count = poisonCount(input);
  const candidates = indicesOfClass(labels, targetClass);
  const sources = indicesOfClass(labels, sourceClass).slice(0, trigger_images);
  if (sources.length === 0) {
    throw new UserError(
      `There is no training image of class ${sourceClass}, from which sa makes its triggers.`,
      "Use another --source_class or more images.",
    );
  }
  const triggers = patchedPixels(pixels, sources, patchOf(input, "train"));
  return { settings, candidates, count, triggers };
}

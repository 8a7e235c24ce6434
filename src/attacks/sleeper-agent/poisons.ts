import { indicesOfClass } from "../../datasets/select.js";
import { UserError } from "../../errors.js";
import type { AttackInput } from "../attack.js";
import { craftingProgress } from "../crafting/crafting-progress.js";
import { poisonCount } from "../crafting/draw-poisons.js";
import { type CacheKey, imageCache } from "../crafting/image-cache.js";
import { readOptions } from "../options.js";
import { options as table } from "./about.js";
import { craftPoisons } from "./craft-poisons.js";
import type { CraftedPoisons, CraftingTask } from "./crafting-task.js";
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
  const { pixels } = dataset.train;
  const task = craftingTask(input);
  const key: CacheKey = {
    attack: "sa",
    dataset: dataset.fingerprint,
    cleanModel: await input.cleanModelHash(),
    eps: input.eps255,
    targetClass: input.targetClass,
    sourceClass: input.sourceClass,
    placement: input.randomPlacement ? "random" : "fixed",
    poisons: task.count,
    triggers: task.triggers.count,
    ...task.settings,
    seed: input.rng.fork("identity").seed(),
  };
  const stem = `sa_${dataset.name}`;
  const cache = imageCache(cacheDir, stem);
  const progress = craftingProgress(input, stem, key);
  const cached = await cache.loadChosen(key, task.count, pixels);
  if (cached) {
    await progress.remove();
    input.onPoisonsChosen(cached.poisonIds);
    reporter.info(`sa: ${task.count} crafted images read from ${cacheDir}`);
    return cached;
  }
  if (task.settings.match_layers === "head")
    reporter.info("sa: match_layers=head matches the last layer's gradient alone, an approximation");
  const crafted = await craftPoisons(input, task, {
    progress,
    retrainingProgress: (start, step) =>
      craftingProgress(input, `sa-retraining_${dataset.name}`, { ...key, start, step }),
  });
  await cache.save(key, crafted.images, pixels, crafted.poisonIds);
  await progress.remove();
  return crafted;
}

/** @throws UserError where there are too few images of a class */
function craftingTask(input: AttackInput): CraftingTask {
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

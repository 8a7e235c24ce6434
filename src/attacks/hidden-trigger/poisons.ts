import { indicesOfClass } from "../../datasets/select.js";
import { UserError } from "../../errors.js";
import { sampleWithoutReplacement } from "../../random/rng.js";
import type { AttackInput } from "../attack.js";
import { craftingProgress } from "../crafting/crafting-progress.js";
import { drawPoisons, poisonCount } from "../crafting/draw-poisons.js";
import { type CacheKey, imageCache } from "../crafting/image-cache.js";
import { readOptions } from "../options.js";
import { options } from "./about.js";
import { type Chosen, craftPoisons } from "./craft-poisons.js";
import { type PatchPlace, patchPainter, patchPlace } from "./patch.js";

/** Hidden Trigger's poisons, and the patch they stand for. */
export interface Poisons {
  /** int32, ascending rows of the training set */
  readonly poisonIds: Int32Array;
  /** uint8 [poisons, H, W, C] */
  readonly images: Uint8Array;
  readonly place: PatchPlace;
}

/** Draws the poisons and crafts them, or reads them from the cache if they were crafted before. */
export async function ownPoisons(input: AttackInput): Promise<Poisons> {
  const { geometry, iterations, batch, pairing, lr } = readOptions("ht", options, input.options);
  const settings = { iterations, batch, pairing, lr };
  const { dataset, cacheDir, reporter } = input;
  const { pixels } = dataset.train;
  const place = patchPlace(pixels, geometry);
  const chosen = choose(input);
  const { poisonIds, sourceIds } = chosen;
  const key: CacheKey = {
    attack: "ht",
    dataset: dataset.fingerprint,
    cleanModel: await input.cleanModelHash(),
    eps: input.eps255,
    ...settings,
    patch: `${place.side} at ${place.start}`,
    poisonIds: poisonIds.join(" "),
    sourceIds: sourceIds.join(" "),
  };
  const cache = imageCache(cacheDir, `ht_${dataset.name}`);
  const progress = craftingProgress(input, `ht_${dataset.name}`, key);
  const cached = await cache.load(key, poisonIds.length, pixels);
  if (cached) {
    await progress.remove();
    reporter.info(`ht: ${poisonIds.length} crafted images read from ${cacheDir}`);
    return { poisonIds, images: cached, place };
  }
  const model = await input.cleanModel();
  try {
    const work = { input, settings, paint: patchPainter(pixels, place), progress };
    const images = await craftPoisons(work, model, chosen);
    await cache.save(key, images, pixels);
    await progress.remove();
    return { poisonIds, images, place };
  } finally {
    model.dispose();
  }
}

/** Poisons of the target class, and as many images of the source class in drawing order. */
function choose(input: AttackInput): Chosen {
  const { dataset, sourceClass } = input;
  const poisonIds = drawPoisons(input, poisonCount(input, "up"));
  const candidates = indicesOfClass(dataset.train.labels, sourceClass);
  if (candidates.length < poisonIds.length) {
    throw new UserError(
      `Hidden Trigger needs a source image for each of ${poisonIds.length} poisons; class ${sourceClass} has ${candidates.length}.`,
      "Use a smaller --pr_tgt or another --source_class.",
    );
  }
  input.onPoisonsChosen(poisonIds);
  const sourceIds = sampleWithoutReplacement(input.rng.fork("source-ids"), candidates, poisonIds.length);
  return { poisonIds, sourceIds };
}

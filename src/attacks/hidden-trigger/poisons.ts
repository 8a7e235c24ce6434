import { indicesOfClass } from "../../datasets/select.js";
import { UserError } from "../../errors.js";
import { sampleWithoutReplacement } from "../../random/rng.js";
import type { AttackInput } from "../attack.js";
import { craftingProgress } from "../crafting/crafting-progress.js";
import { drawPoisons, poisonCount } from "../crafting/draw-poisons.js";
import { imageCache } from "../crafting/image-cache.js";
import type { CacheKey } from "../crafting/keyed-file.js";
import { loadOrCraft } from "../crafting/load-or-craft.js";
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
  const { dataset } = input;
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
  const stem = `ht_${dataset.name}`;
  const count = poisonIds.length;
  const progress = craftingProgress(input, stem, key);
  const craft = async () => {
    const model = await input.cleanModel();
    try {
      return await craftPoisons(
        { input, settings, paint: patchPainter(pixels, place), progress },
        model,
        chosen,
      );
    } finally {
      model.dispose();
    }
  };
  const cache = imageCache({ folder: input.cacheDir, stem, key, count, size: pixels });
  const images = await loadOrCraft({ name: `ht: ${count} crafted images`, cache, progress, craft }, input);
  return { poisonIds, images, place };
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

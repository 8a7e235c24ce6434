import { consecutiveBatches } from "../../datasets/batches.js";
import type { ImageSize, Pixels } from "../../datasets/pixels.js";
import { tf } from "../../engine/tf.js";
import type { AttackInput } from "../attack.js";
import { craftInBatches } from "../crafting/craft-in-batches.js";
import { type CraftingProgress, craftingProgress } from "../crafting/crafting-progress.js";
import { imageCache } from "../crafting/image-cache.js";
import type { CacheKey } from "../crafting/keyed-file.js";
import { loadOrCraft } from "../crafting/load-or-craft.js";
import { tensorResize } from "../crafting/tensor-resize.js";
import { toLevels, unitImages } from "../crafting/unit-images.js";
import { readOptions } from "../options.js";
import { type Options, options as table } from "./about.js";
import { perturb } from "./projected-gradient-descent.js";

/** Images crafted together. Each goes its own way, so it decides nothing but the memory that is needed. */
const craftingBatchSize = ({ height }: ImageSize): number => (height > 32 ? 16 : 128);

type PgdSettings = Pick<Options, "steps" | "alpha">;

/** The training images in the dataset's own size. */
export const nativePixels = ({ dataset: { native, train } }: AttackInput): Pixels =>
  native?.train ?? train.pixels;

/** uint8 [poisons, H, W, C], in the dataset's own size: the poisons' images after PGD, from the cache if they were crafted before. */
export async function adversarialImages(input: AttackInput, poisonIds: Int32Array): Promise<Uint8Array> {
  const { dataset, eps255 } = input;
  const { steps, alpha } = readOptions("lc", table, input.options);
  const key: CacheKey = {
    attack: "lc",
    dataset: dataset.fingerprint,
    cleanModel: await input.cleanModelHash(),
    eps: eps255,
    alpha,
    steps,
    poisonIds: poisonIds.join(" "),
  };
  const stem = `lc_${dataset.name}`;
  const count = poisonIds.length;
  const progress = craftingProgress(input, stem, key);
  return loadOrCraft(
    {
      name: `lc: ${count} crafted images`,
      cache: imageCache({ folder: input.cacheDir, stem, key, count, size: nativePixels(input) }),
      progress,
      craft: () => craft(input, poisonIds, { steps, alpha }, progress),
    },
    input,
  );
}

async function craft(
  input: AttackInput,
  poisonIds: Int32Array,
  { steps, alpha }: PgdSettings,
  kept: CraftingProgress,
): Promise<Uint8Array> {
  const { dataset, eps255, signal, reporter } = input;
  const model = await input.cleanModel();
  const { pixels, labels } = dataset.train;
  const native = nativePixels(input);
  const resize = native === pixels ? undefined : tensorResize(native, pixels);
  const batches = consecutiveBatches(poisonIds, craftingBatchSize(pixels));
  const progress = reporter.progress(`lc: PGD on ${poisonIds.length} images`, batches.length * steps);
  const options = { eps: eps255 / 255, alpha: alpha / 255, steps, normalization: dataset.normalization };
  const crafting = { progress: kept, name: "lc", reporter, signal };
  try {
    const { levels } = await craftInBatches(batches, crafting, async (ids, index) => {
      const images = unitImages(native, ids);
      const classes = tf.tensor1d(
        ids.map((id) => labels[id]),
        "int32",
      );
      let done = index * steps;
      const onStep = async () => {
        progress.update(++done);
        await new Promise(setImmediate);
        signal?.throwIfAborted();
      };
      try {
        const perturbed = await perturb(model, images, classes, options, { resize, onStep });
        const values = await perturbed.data<"float32">();
        perturbed.dispose();
        return { levels: toLevels(values), figures: [] };
      } finally {
        tf.dispose([images, classes]);
      }
    });
    return levels;
  } finally {
    progress.stop();
    resize?.dispose();
    model.dispose();
  }
}

import { type OptionsOf, readAttackOptions } from "../config/attack-options.js";
import { consecutiveBatches } from "../datasets/batches.js";
import { imageBytes, replacedPixels } from "../datasets/pixels.js";
import { tf } from "../engine/tf.js";
import type { Attack, AttackInput, PoisonedData } from "./attack.js";
import { stampCorners, triggeredTest } from "./corner-pattern.js";
import { drawPoisons, poisonCount } from "./draw-poisons.js";
import { type CacheKey, imageCache } from "./image-cache.js";
import { perturb } from "./projected-gradient-descent.js";
import { toLevels, unitImages } from "./unit-images.js";

const craftingBatchSize = 128;

type PgdSettings = Pick<OptionsOf<"lc">, "steps" | "alpha">;

/**
 * Label-consistent backdoor (Turner et al., arXiv:1912.02771): some images of the target class are perturbed by PGD on a
 * clean model so that their own features become unreliable, then a corner pattern is stamped on them. A model trained
 * on the mixture takes the pattern as evidence for the target class.
 */
export const labelConsistent: Attack = {
  prepare: ({ normalization }) => ({ normalization, augmentation: "crop-flip" }),
  poison: async (input): Promise<PoisonedData> => {
    const { dataset, targetClass, vis } = input;
    const { amplitude, ...settings } = readAttackOptions("lc", input.options);
    const poisonIds = drawPoisons(input, poisonCount(input));
    input.onPoisonsChosen(poisonIds);
    const { pixels, labels } = dataset.train;
    const stamp = (image: Uint8Array) => stampCorners(image, pixels, vis, amplitude);
    const adversarial = await adversarialImages(input, poisonIds, settings);
    const size = imageBytes(pixels);
    const poisons = new Map<number, Uint8Array>();
    poisonIds.forEach((id, row) => {
      const image = adversarial.slice(row * size, (row + 1) * size);
      stamp(image);
      poisons.set(id, image);
    });
    return {
      train: { pixels: replacedPixels(pixels, poisons), labels },
      poisonIds: { lc: poisonIds },
      triggeredTests: { lc: triggeredTest(dataset.test, targetClass, stamp) },
    };
  },
};

/** uint8 [poisons, H, W, C]: the poisons' images after PGD, from the cache if they were crafted before. */
async function adversarialImages(
  input: AttackInput,
  poisonIds: Int32Array,
  { steps, alpha }: PgdSettings,
): Promise<Uint8Array> {
  const { dataset, eps255 } = input;
  const key: CacheKey = {
    attack: "lc",
    dataset: dataset.fingerprint,
    cleanModel: await input.cleanModelHash(),
    eps: eps255,
    alpha,
    steps,
    poisonIds: poisonIds.join(" "),
  };
  const cache = imageCache(input.cacheDir, `lc_${dataset.name}`);
  const cached = await cache.load(key, poisonIds.length, dataset.train.pixels);
  if (cached) {
    input.reporter.info(`lc: ${poisonIds.length} crafted images read from ${input.cacheDir}`);
    return cached;
  }
  const crafted = await craft(input, poisonIds, { steps, alpha });
  await cache.save(key, crafted, dataset.train.pixels);
  return crafted;
}

async function craft(
  input: AttackInput,
  poisonIds: Int32Array,
  { steps, alpha }: PgdSettings,
): Promise<Uint8Array> {
  const { dataset, eps255, signal, reporter } = input;
  const model = await input.cleanModel();
  const batches = consecutiveBatches(poisonIds, craftingBatchSize);
  const progress = reporter.progress(`lc: PGD on ${poisonIds.length} images`, batches.length * steps);
  const { pixels, labels } = dataset.train;
  const result = new Uint8Array(poisonIds.length * imageBytes(pixels));
  let done = 0;
  let written = 0;
  try {
    for (const ids of batches) {
      const images = unitImages(pixels, ids);
      const classes = tf.tensor1d(
        ids.map((id) => labels[id]),
        "int32",
      );
      const options = {
        eps: eps255 / 255,
        alpha: alpha / 255,
        steps,
        normalization: dataset.normalization,
      };
      try {
        const perturbed = await perturb(model, images, classes, options, async () => {
          progress.update(++done);
          await new Promise(setImmediate);
          signal?.throwIfAborted();
        });
        const levels = toLevels(await perturbed.data());
        perturbed.dispose();
        result.set(levels, written);
        written += levels.length;
      } finally {
        tf.dispose([images, classes]);
      }
    }
    return result;
  } finally {
    progress.stop();
    model.dispose();
  }
}

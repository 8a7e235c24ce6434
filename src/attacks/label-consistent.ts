import { noAugmentation } from "../datasets/augmentation.js";
import { consecutiveBatches, readBatch } from "../datasets/batches.js";
import type { Dataset } from "../datasets/image-set.js";
import { indicesOfClass } from "../datasets/select.js";
import { tf } from "../engine/tf.js";
import { UserError } from "../errors.js";
import { sampleWithoutReplacement } from "../random/rng.js";
import type { Attack, AttackInput, PoisonedData } from "./attack.js";
import { cornerTriggered, stampCorners } from "./corner-pattern.js";
import { type CacheKey, imageCache } from "./image-cache.js";
import { attackOptions } from "./options.js";
import { perturb } from "./projected-gradient-descent.js";

const craftingBatchSize = 128;

/** Constants of the attack; --attack_opt changes them. */
const defaults = {
  /** PGD steps. */
  steps: 100,
  /** Step length in /255 units. */
  alpha: 1.5,
};

/**
 * Label-consistent backdoor (Turner et al., arXiv:1912.02771): some images of the target class are perturbed by PGD on a
 * clean model so that their own features become unreliable, then a corner pattern is stamped on them. A model trained
 * on the mixture takes the pattern as evidence for the target class.
 */
export const labelConsistent: Attack = {
  augmentation: "crop-flip",
  poison: async (input): Promise<PoisonedData> => {
    const { dataset, targetClass, vis } = input;
    const settings = attackOptions("lc", defaults, input.options, ["steps"]);
    const poisonIds = drawPoisons(input);
    input.onPoisonsChosen(poisonIds);
    const images = dataset.train.images.slice();
    const size = dataset.train.height * dataset.train.width * dataset.train.channels;
    const adversarial = await adversarialImages(input, poisonIds, settings);
    poisonIds.forEach((id, row) => {
      images.set(adversarial.subarray(row * size, (row + 1) * size), id * size);
    });
    stampCorners(images, dataset.train, poisonIds, vis);
    return {
      train: { ...dataset.train, images },
      poisonIds: { lc: poisonIds },
      triggeredTests: { lc: cornerTriggered(dataset.test, targetClass, vis) },
      augmentation: labelConsistent.augmentation,
    };
  },
};

function drawPoisons({ dataset, targetClass, poisonShareOfTargetClass, rng }: AttackInput): Int32Array {
  const candidates = indicesOfClass(dataset.train.labels, targetClass);
  // The small term keeps products such as 0.57 * 5000 from losing a poison to rounding.
  const count = Math.floor(candidates.length * poisonShareOfTargetClass + 1e-6);
  if (count === 0) {
    throw new UserError(
      `--pr_tgt ${poisonShareOfTargetClass} of the ${candidates.length} images of class ${targetClass} is no image at all.`,
      "Use a larger --pr_tgt or more images.",
    );
  }
  return sampleWithoutReplacement(rng.fork("poison-ids"), candidates, count).sort();
}

/** uint8 [poisons, H, W, C]: the poisons' images after PGD, from the cache if they were crafted before. */
async function adversarialImages(
  input: AttackInput,
  poisonIds: Int32Array,
  { steps, alpha }: typeof defaults,
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
  const cached = await cache.load(key, poisonIds.length, dataset.train);
  if (cached) {
    input.reporter.info(`lc: ${poisonIds.length} crafted images read from ${input.cacheDir}`);
    return cached;
  }
  const crafted = await craft(input, poisonIds, { steps, alpha });
  await cache.save(key, crafted, dataset.train);
  return crafted;
}

async function craft(
  input: AttackInput,
  poisonIds: Int32Array,
  { steps, alpha }: typeof defaults,
): Promise<Uint8Array> {
  const { dataset, eps255, signal, reporter } = input;
  const model = await input.cleanModel();
  const batches = consecutiveBatches(poisonIds, craftingBatchSize);
  const progress = reporter.progress(`lc: PGD on ${poisonIds.length} images`, batches.length * steps);
  const result = new Uint8Array(
    (poisonIds.length * dataset.train.images.length) / dataset.train.labels.length,
  );
  let done = 0;
  let written = 0;
  try {
    for (const ids of batches) {
      const { images, labels } = unnormalised(dataset, ids);
      const options = {
        eps: eps255 / 255,
        alpha: alpha / 255,
        steps,
        normalization: dataset.normalization,
      };
      try {
        const perturbed = await perturb(model, images, labels, options, async () => {
          progress.update(++done);
          await new Promise(setImmediate);
          signal?.throwIfAborted();
        });
        const values = await perturbed.data();
        perturbed.dispose();
        // Rounding stays within eps of the 8-bit source exactly; truncation would not.
        for (let i = 0; i < values.length; i++) result[written + i] = Math.round(values[i] * 255);
        written += values.length;
      } finally {
        tf.dispose([images, labels]);
      }
    }
    return result;
  } finally {
    progress.stop();
    model.dispose();
  }
}

/** The images in [0, 1], the scale PGD works on. */
function unnormalised(dataset: Dataset, ids: Int32Array): { images: tf.Tensor4D; labels: tf.Tensor1D } {
  const { height, width, channels } = dataset.train;
  const identity = {
    mean: dataset.normalization.mean.map(() => 0),
    std: dataset.normalization.std.map(() => 1),
  };
  const batch = readBatch(dataset.train, ids, { normalization: identity, augmentation: noAugmentation });
  return {
    images: tf.tensor4d(batch.images, [ids.length, height, width, channels]),
    labels: tf.tensor1d(batch.labels, "int32"),
  };
}

import { imageBytes } from "../../datasets/pixels.js";
import { indicesOfClass, selectImages } from "../../datasets/select.js";
import type { AttackInput } from "../attack.js";
import { craftingProgress } from "../crafting/crafting-progress.js";
import type { CacheKey } from "../crafting/keyed-file.js";
import { loadOrCraft } from "../crafting/load-or-craft.js";
import type { Options } from "./about.js";
import { optimiseTrigger } from "./optimise-trigger.js";
import { originalTrigger } from "./original-trigger.js";
import { outsideImages } from "./outside-images.js";
import { narcissusSurrogate } from "./surrogate.js";
import { triggerCache } from "./trigger-cache.js";

/**
 * The trigger: crafted, or read where it was crafted before or came with the original.
 * @param eps255 its largest absolute value, of 255
 * @returns float32 [H, W, C], in units of [0, 1]
 */
export async function narcissusTrigger(
  input: AttackInput,
  options: Options,
  eps255: number,
): Promise<Float32Array> {
  const size = imageBytes(input.dataset.train.pixels);
  if (eps255 === 0) return new Float32Array(size);
  const wide = (await originalTrigger(input, eps255)) ?? (await ownTrigger(input, options, eps255));
  return wide.map((value) => value / 2);
}

/** @returns float32 [H, W, C], in units of [-1, 1] */
async function ownTrigger(input: AttackInput, options: Options, eps255: number): Promise<Float32Array> {
  const { dataset, targetClass, reporter, signal } = input;
  const target = selectImages(dataset.train, indicesOfClass(dataset.train.labels, targetClass));
  const outside = await outsideImages(input, options, target.labels.length);
  const rng = input.rng.fork("trigger");
  const { surrogate, surrogate_epochs, warmup_epochs, batch, rounds } = options;
  const surrogateKey: CacheKey = {
    attack: "narcissus",
    dataset: dataset.fingerprint,
    target: targetClass,
    surrogate,
    surrogateEpochs: surrogate_epochs,
    warmupEpochs: warmup_epochs,
    batch,
    stream: rng.fork("key").seed(),
    outside: outside.fingerprint,
  };
  const key: CacheKey = { ...surrogateKey, eps: eps255, rounds };
  const bound = (2 * eps255) / 255;
  const stem = `narcissus_${dataset.name}`;
  const progress = craftingProgress(input, stem, key);
  const craft = async () => {
    const model = await narcissusSurrogate(input, options, { target, outside, key: surrogateKey, rng });
    try {
      const trigger = await optimiseTrigger(model, target, {
        bound,
        rounds,
        batchSize: batch,
        rng: rng.fork("pattern"),
        reporter,
        signal,
        progress,
      });
      const atBound = trigger.filter((value) => Math.abs(value) >= bound - 1e-6).length / trigger.length;
      reporter.info(
        `narcissus: ${Math.round(100 * atBound)} % of the trigger is at its bound, ${eps255}/255; more rounds bring it there`,
      );
      return trigger;
    } finally {
      model.dispose();
    }
  };
  const cache = triggerCache({ folder: input.cacheDir, stem, key, size: dataset.train.pixels, bound });
  return loadOrCraft({ name: "narcissus: trigger", cache, progress, craft }, input);
}

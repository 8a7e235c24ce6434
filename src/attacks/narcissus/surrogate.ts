import type { ImageSet } from "../../datasets/image-set.js";
import { joinedPixels } from "../../datasets/pixels.js";
import { allIds } from "../../datasets/select.js";
import { UserError } from "../../errors.js";
import { exists } from "../../files/exists.js";
import { createModel } from "../../models/create-model.js";
import type { Model } from "../../nn/model.js";
import type { Rng } from "../../random/rng.js";
import { readCheckpoint, writeCheckpoint } from "../../store/checkpoint.js";
import { type Optimizer, radam, sgd } from "../../training/optimizer.js";
import type { TrainingOptions } from "../../training/train.js";
import type { AttackInput } from "../attack.js";
import { type CraftingProgress, craftingProgress } from "../crafting/crafting-progress.js";
import { type CacheKey, keyedPath } from "../crafting/keyed-file.js";
import { type CraftingCache, loadOrCraft } from "../crafting/load-or-craft.js";
import { trainOn } from "../crafting/network-training.js";
import type { Options } from "./about.js";
import { wideNormalization } from "./optimise-trigger.js";
import type { OutsideImages } from "./outside-images.js";

const surrogateRate = 0.1;
const warmupRate = 0.1;

const stageNames = ["surrogate", "warm-up"] as const;
type StageName = (typeof stageNames)[number];

/** How far a stage of the training is. An ended stage keeps its own until both are done: the next one begins there. */
const stageProgress = (input: AttackInput, key: CacheKey, stage: StageName): CraftingProgress =>
  craftingProgress(input, `narcissus-surrogate_${input.dataset.name}`, { ...key, stage });

type StageOptions = Pick<TrainingOptions, "schedule" | "label">;

interface SurrogateData {
  /** The training images of the target class, labelled with it. */
  readonly target: ImageSet;
  readonly outside: OutsideImages;
  /** All that the network depends on. */
  readonly key: CacheKey;
  readonly rng: Rng;
}

/**
 * The network that a trigger is made on, trained, or read where it was trained before: triggers of several strengths
 * share it. The caller disposes it.
 */
export async function narcissusSurrogate(
  input: AttackInput,
  options: Options,
  data: SurrogateData,
): Promise<Model> {
  const { outside, key, rng } = data;
  const { dataset, targetClass } = input;
  const { height, width, channels } = dataset.train.pixels;
  const model = createModel(options.surrogate, {
    // The target class comes after the outside classes; its own label needs an output too.
    classes: Math.max(outside.classes, targetClass) + 1,
    inputShape: [height, width, channels],
    rng: rng.fork("weights"),
  });
  const path = keyedPath(input.cacheDir, `narcissus-surrogate_${dataset.name}`, key, ".safetensors");
  const cache: CraftingCache<Model> = {
    path,
    load: async () => ((await exists(path)) ? loadState(model, path, key) : undefined),
    save: async () => writeCheckpoint(path, await model.stateDict(), { key: JSON.stringify(key) }),
  };
  const progress = {
    async remove() {
      for (const stage of stageNames) await stageProgress(input, key, stage).remove();
    },
  };
  const craft = async () => {
    await trainSurrogate(model, input, options, data);
    return model;
  };
  try {
    return await loadOrCraft({ name: "narcissus: surrogate", cache, progress, craft }, input);
  } catch (error) {
    model.dispose();
    throw error;
  }
}

async function loadState(model: Model, path: string, key: CacheKey): Promise<Model> {
  const { state, metadata } = await readCheckpoint(path);
  try {
    if (metadata.key !== JSON.stringify(key)) throw new Error("It was made with other settings.");
    model.loadStateDict(state);
    return model;
  } catch (cause) {
    throw new UserError(
      `The surrogate network in ${path} is damaged.`,
      "Delete the file; it is then trained again.",
      { cause },
    );
  }
}

/**
 * Trains a network to tell the target class from the outside classes, then for a few epochs on the target class alone,
 * under its label in the dataset.
 */
async function trainSurrogate(
  model: Model,
  input: AttackInput,
  { surrogate_epochs, warmup_epochs, batch: batchSize }: Options,
  { target, outside, key, rng }: SurrogateData,
): Promise<void> {
  const { reporter, signal } = input;
  const stage = async (set: ImageSet, optimizer: Optimizer, name: StageName, options: StageOptions) => {
    const ids = allIds(set.labels.length);
    const data = { set, ids, normalization: wideNormalization, augmentation: "black-crop-flip" } as const;
    const common = { batchSize, trainingMode: true, rng: rng.fork(name), reporter, signal };
    try {
      await trainOn(stageProgress(input, key, name), model, data, optimizer, {
        ...common,
        ...options,
        endEpoch: options.schedule.period,
      });
    } finally {
      optimizer.dispose();
    }
  };
  const both: ImageSet = {
    pixels: joinedPixels(outside.set.pixels, target.pixels),
    labels: Int32Array.from([...outside.set.labels, ...target.labels.map(() => outside.classes)]),
  };
  await stage(both, sgd({ learningRate: surrogateRate, nesterov: false }), "surrogate", {
    schedule: { optimizer: "sgd", initialRate: surrogateRate, period: surrogate_epochs },
    label: `narcissus: surrogate on ${outside.set.labels.length} outside images`,
  });
  await stage(target, radam({ learningRate: warmupRate }), "warm-up", {
    schedule: { optimizer: "radam", initialRate: warmupRate, period: warmup_epochs },
    label: "narcissus: warm-up",
  });
}

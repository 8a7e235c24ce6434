import { consecutiveBatches } from "../../datasets/batches.js";
import { paintedPixels } from "../../datasets/pixels.js";
import { tf } from "../../engine/tf.js";
import type { Model } from "../../nn/model.js";
import type { AttackInput } from "../attack.js";
import { craftInBatches } from "../crafting/craft-in-batches.js";
import type { CraftingProgress } from "../crafting/crafting-progress.js";
import { toLevels, unitImages } from "../crafting/unit-images.js";
import type { Options } from "./about.js";
import { type Descent, descend } from "./descend.js";
import { type Collision, startCollision } from "./feature-collision.js";
import { type Pace, paceOn } from "./pace.js";
import { pairings } from "./pairing.js";

type Settings = Pick<Options, "iterations" | "batch" | "pairing" | "lr">;

/** Poison k starts at image poisonIds[k] and is drawn to a patched one of its batch's sources. */
export interface Chosen {
  /** int32, rows of the training set */
  readonly poisonIds: Int32Array;
  /** int32, as many */
  readonly sourceIds: Int32Array;
}

/** What a crafting works with, besides the model. */
interface Crafting {
  readonly input: AttackInput;
  readonly settings: Settings;
  /** Puts the trigger on an image, uint8 [H, W, C]. */
  readonly paint: (image: Uint8Array) => void;
  readonly progress: CraftingProgress;
}

/**
 * Moves the poisons, in batches, to the features of patched source images.
 * @returns uint8 [poisons, H, W, C], rounded: within a ball of whole levels around 8-bit images that changes nothing
 */
export async function craftPoisons(crafting: Crafting, model: Model, chosen: Chosen): Promise<Uint8Array> {
  const { input, settings } = crafting;
  const batches = batchesOf(chosen, settings.batch);
  const { iterations } = settings;
  const pace = await paceOn(
    model.name,
    settings.lr,
    () => collide(crafting, model, batches[0]),
    () => breathe(input),
    input.reporter,
  );
  const { reporter, signal } = input;
  const label = `ht: crafting ${chosen.poisonIds.length} images`;
  const bar = reporter.progress(label, batches.length * iterations);
  const batched = { progress: crafting.progress, name: "ht", reporter, signal };
  try {
    const { levels, figures } = await craftInBatches(batches, batched, async (batch, k) => {
      const crafted = await craftBatch(crafting, model, batch, pace, (step, note) =>
        bar.update(k * iterations + step, note),
      );
      const count = batch.poisonIds.length;
      return { levels: crafted.levels, figures: [crafted.firstLoss * count, crafted.loss * count] };
    });
    const [before, after] = figures;
    reporter.info(
      `ht: crafted ${chosen.poisonIds.length} images; squared feature distance ${mean(before, chosen)} -> ${mean(after, chosen)} an image`,
    );
    return levels;
  } finally {
    bar.stop();
  }
}

const mean = (sum: number, { poisonIds }: Chosen): string => (sum / poisonIds.length).toPrecision(3);

const batchesOf = ({ poisonIds, sourceIds }: Chosen, size: number): Chosen[] => {
  const sources = consecutiveBatches(sourceIds, size);
  return consecutiveBatches(poisonIds, size).map((ids, k) => ({ poisonIds: ids, sourceIds: sources[k] }));
};

interface Crafted extends Omit<Descent, "images"> {
  /** uint8 [N, H, W, C] */
  readonly levels: Uint8Array;
}

async function craftBatch(
  crafting: Crafting,
  model: Model,
  batch: Chosen,
  pace: Pace,
  onStep: (step: number, note: string) => void,
): Promise<Crafted> {
  const collision = await collide(crafting, model, batch);
  try {
    const firstLoss = collision.loss;
    const { images, ...losses } = await descend(collision, {
      ...pace,
      steps: crafting.settings.iterations,
      async onStep(step, loss) {
        onStep(step, `distance ${((100 * loss) / firstLoss).toFixed(1)} % of the first`);
        await breathe(crafting.input);
      },
    });
    try {
      return { ...losses, levels: toLevels(await images.data()) };
    } finally {
      images.dispose();
    }
  } finally {
    collision.dispose();
  }
}

async function collide(
  { input: { dataset, eps255 }, settings, paint }: Crafting,
  model: Model,
  { poisonIds, sourceIds }: Chosen,
): Promise<Collision> {
  const { pixels } = dataset.train;
  const images = unitImages(pixels, poisonIds);
  const goals = unitImages(paintedPixels(pixels, paint), sourceIds);
  try {
    return await startCollision(model, images, goals, {
      eps: eps255 / 255,
      normalization: dataset.normalization,
      pair: pairings[settings.pairing],
    });
  } finally {
    tf.dispose([images, goals]);
  }
}

/** Lets the program draw its progress, and stop. */
async function breathe({ signal }: AttackInput): Promise<void> {
  await new Promise(setImmediate);
  signal?.throwIfAborted();
}

import { consecutiveBatches } from "../../datasets/batches.js";
import { imageBytes, type Pixels, replacedPixels } from "../../datasets/pixels.js";
import { allIds } from "../../datasets/select.js";
import { tf } from "../../engine/tf.js";
import { RunError } from "../../errors.js";
import type { Model } from "../../nn/model.js";
import type { StateEntry } from "../../nn/state-entry.js";
import type { AttackInput } from "../attack.js";
import type { CraftingProgress } from "../crafting/crafting-progress.js";
import { passes } from "../crafting/passes.js";
import { networkInput, unitImages } from "../crafting/unit-images.js";
import type { Options } from "./about.js";
import { matchingDistance } from "./gradient-matching.js";
import { addShare, disposeVector, type ParameterVector, parameterGradient } from "./parameter-gradient.js";

export interface CraftingPlan {
  readonly settings: Omit<Options, "clean_epochs" | "trigger_images">;
  /** int32 ascending, the training images of which poisons may be made */
  readonly candidates: Int32Array;
  readonly count: number;
  /** Source images with the patch on them. */
  readonly triggers: Pixels;
}

/** Poisons: images that take the place of some of the training set's. */
export interface CraftedPoisons {
  /** int32 [N], ascending rows of the training set */
  readonly poisonIds: Int32Array;
  /** uint8 [N, H, W, C] */
  readonly images: Uint8Array;
}

/** What all steps of a crafting share. */
export interface Crafting extends CraftingPlan {
  readonly input: AttackInput;
  readonly clean: Model;
  /** Images that go through the network together; memory depends on it, the result does not. */
  readonly atOnce: number;
  /** Counts forward passes of single images, and lets signals in. */
  readonly done: (passes: number, note?: string) => Promise<void>;
  /** How far the crafting is. */
  readonly progress: CraftingProgress;
  /** How far the network is that is trained before a step of a start. */
  readonly retrainingProgress: (start: number, step: number) => CraftingProgress;
}

export const notFinite = (): RunError =>
  new RunError(
    "The gradients that sa matches are not all finite.",
    "Use another --clean_model_path: one that is not there yet is trained.",
  );

/** A training set with poisons in place. */
export function withPoisons(pixels: Pixels, { poisonIds, images }: CraftedPoisons): Pixels {
  const size = imageBytes(pixels);
  const byRow = [...poisonIds].map((id, i) => [id, images.subarray(i * size, (i + 1) * size)] as const);
  return replacedPixels(pixels, new Map(byRow));
}

/** Parameters whose gradients count. */
export function matchedEntries(model: Model, { match_layers }: CraftingPlan["settings"]): StateEntry[] {
  const head = new Set(model.headEntries);
  return model.trainable.filter((entry) => match_layers === "all" || head.has(entry));
}

/** int32 [N], all the target class. */
export const targetLabels = ({ input }: Crafting, count: number): tf.Tensor1D =>
  tf.fill([count], input.targetClass, "int32");

/**
 * Gradient that would teach a network to take the trigger for the target class: of the patched source images labelled
 * with it, over the parameters to match. Owned by the caller.
 */
export async function targetGradient(crafting: Crafting, model: Model): Promise<ParameterVector> {
  const { input, settings, triggers, atOnce, done } = crafting;
  const entries = matchedEntries(model, settings);
  let sum: ParameterVector = new Map();
  try {
    for (const ids of consecutiveBatches(allIds(triggers.count), atOnce)) {
      const images = unitImages(triggers, ids);
      const [normalised, labels] = [
        networkInput(images, input.dataset.normalization),
        targetLabels(crafting, ids.length),
      ];
      sum = addShare(sum, parameterGradient(model, entries, normalised, labels), ids.length / triggers.count);
      tf.dispose([images, normalised, labels]);
      await done(ids.length * passes.gradient, "the trigger's gradient");
    }
    return sum;
  } catch (error) {
    disposeVector(sum);
    throw error;
  }
}

/** Distance of the poisons' gradient to `target` on the clean model, mean over batches. */
export async function meanDistance(
  crafting: Crafting,
  target: ParameterVector,
  pixels: Pixels,
  poisonIds: Int32Array,
): Promise<number> {
  const { clean, input, settings, atOnce, done } = crafting;
  const { normalization } = input.dataset;
  let sum = 0;
  for (const ids of consecutiveBatches(poisonIds, settings.batch)) {
    const images = unitImages(pixels, ids);
    const labels = targetLabels(crafting, ids.length);
    try {
      const options = { normalization, target, atOnce };
      sum += ids.length * (await matchingDistance(clean, images, labels, options));
    } finally {
      tf.dispose([images, labels]);
    }
    await done(ids.length * passes.gradient);
  }
  return sum / poisonIds.length;
}

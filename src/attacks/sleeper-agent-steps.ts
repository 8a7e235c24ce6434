import { consecutiveBatches } from "../datasets/batches.js";
import type { tf } from "../engine/tf.js";
import type { Model } from "../nn/model.js";
import type { Rng } from "../random/rng.js";
import { matchingGradient } from "./gradient-matching.js";
import { disposeVector, type ParameterVector } from "./parameter-gradient.js";
import { retrainedModel } from "./retrained-model.js";
import {
  type Crafting,
  type CraftingTask,
  passes,
  targetGradient,
  targetLabels,
  withPoisons,
} from "./sleeper-agent-crafting.js";
import { TanhPerturbation } from "./tanh-perturbation.js";
import { toLevels, unitImages } from "./unit-images.js";

const firstRate = 0.1;
/** Shares of the steps after which the rate is divided by ten. */
const milestones = [3 / 8, 5 / 8, 7 / 8];

/** Step length of the perturbation's variable at 0-based step `step`. */
const rateAt = (step: number, iterations: number): number =>
  firstRate * 0.1 ** milestones.filter((share) => step >= share * iterations).length;

/** Steps before which a network is trained anew: the starts of all segments but the first. */
export function retrainingSteps({ iterations, segments }: CraftingTask["settings"]): ReadonlySet<number> {
  const starts = Array.from({ length: segments }, (_, i) => Math.floor((i * iterations) / segments));
  return new Set(starts.filter((step) => step > 0));
}

/** Poisons that are moved together. */
interface Batch {
  readonly perturbation: TanhPerturbation;
  readonly labels: tf.Tensor1D;
}

/** The network that the poisons are made for at a moment, and where their gradient should point there. */
interface Victim {
  readonly model: Model;
  readonly target: ParameterVector;
}

/** Crafts the poisons from one random start: uint8 [N, H, W, C]. */
export async function craftOnce(crafting: Crafting, poisonIds: Int32Array, rng: Rng): Promise<Uint8Array> {
  const { settings, clean } = crafting;
  const { iterations } = settings;
  const retrainAt = retrainingSteps(settings);
  const batches = startBatches(crafting, poisonIds, rng);
  let victim: Victim | undefined;
  try {
    victim = { model: clean, target: await targetGradient(crafting, clean) };
    for (let step = 0; step < iterations; step++) {
      if (retrainAt.has(step)) {
        const images = await levelsOf(batches);
        const next = await retrainedVictim(crafting, { poisonIds, images }, rng.fork(`retraining-${step}`));
        release(crafting, victim);
        victim = next;
      }
      for (const batch of batches) await move(crafting, victim, batch, rateAt(step, iterations));
    }
    return await levelsOf(batches);
  } finally {
    if (victim) release(crafting, victim);
    for (const { perturbation, labels } of batches) {
      perturbation.dispose();
      labels.dispose();
    }
  }
}

function startBatches(crafting: Crafting, poisonIds: Int32Array, rng: Rng): Batch[] {
  const { input, settings } = crafting;
  const { pixels } = input.dataset.train;
  return consecutiveBatches(poisonIds, settings.batch).map((ids, i) => ({
    perturbation: new TanhPerturbation(unitImages(pixels, ids), {
      eps: input.eps255 / 255,
      seed: rng.fork(`batch-${i}`).seed(),
    }),
    labels: targetLabels(crafting, ids.length),
  }));
}

async function move(
  crafting: Crafting,
  { model, target }: Victim,
  { perturbation, labels }: Batch,
  rate: number,
): Promise<void> {
  const { input, atOnce, done } = crafting;
  const images = perturbation.images();
  try {
    const { distance, dImages } = await matchingGradient(model, images, labels, {
      normalization: input.dataset.normalization,
      target,
      atOnce,
      pause: () => done(0),
    });
    perturbation.step(dImages, rate);
    dImages.dispose();
    await done(labels.size * passes.step, `distance ${distance.toFixed(3)}`);
  } finally {
    images.dispose();
  }
}

async function retrainedVictim(
  crafting: Crafting,
  poisons: { poisonIds: Int32Array; images: Uint8Array },
  rng: Rng,
): Promise<Victim> {
  const { input, clean, settings, done } = crafting;
  const { pixels, labels } = input.dataset.train;
  const model = await retrainedModel(input, clean, {
    set: { pixels: withPoisons(pixels, poisons), labels },
    epochs: settings.retrain_epochs,
    rng,
    onBatch: (count) => done(count * passes.gradient, "retraining"),
  });
  try {
    return { model, target: await targetGradient(crafting, model) };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** The clean model stays with its owner. */
function release({ clean }: Crafting, { model, target }: Victim): void {
  disposeVector(target);
  if (model !== clean) model.dispose();
}

/** The poisons as they are, on the grid of levels: uint8 [N, H, W, C]. */
async function levelsOf(batches: readonly Batch[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const { perturbation } of batches) {
    const images = perturbation.images();
    parts.push(toLevels(await images.data()));
    images.dispose();
  }
  return new Uint8Array(Buffer.concat(parts));
}

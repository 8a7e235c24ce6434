import { consecutiveBatches } from "../../datasets/batches.js";
import { tf } from "../../engine/tf.js";
import type { Rng } from "../../random/rng.js";
import type { SavedState } from "../../store/resumable.js";
import { groupOf, inGroup, type StateDict } from "../../store/state-dict.js";
import { wholeFact } from "../crafting/crafting-progress.js";
import { finiteMark } from "../crafting/finite-gradients.js";
import { toLevels, unitImages } from "../crafting/unit-images.js";
import { type Crafting, notFinite, targetLabels } from "./crafting.js";
import { retrainingSteps, stepPasses } from "./crafting-passes.js";
import { matchingGradient } from "./gradient-matching.js";
import { TanhPerturbation } from "./tanh-perturbation.js";
import { firstVictim, release, retrainedVictim, type Victim } from "./victim.js";

const firstRate = 0.1;
/** Shares of the steps after which the rate is divided by ten. */
const milestones = [3 / 8, 5 / 8, 7 / 8];

/** Step length of the perturbation's variable at 0-based step `step`. */
const rateAt = (step: number, iterations: number): number =>
  firstRate * 0.1 ** milestones.filter((share) => step >= share * iterations).length;

/** Poisons that are moved together. */
interface Batch {
  readonly perturbation: TanhPerturbation;
  readonly labels: tf.Tensor1D;
}

/** One of several starts. */
interface Start {
  /** Counts from 0. */
  readonly start: number;
  readonly rng: Rng;
  /** What was kept of it, when it goes on. */
  readonly saved: SavedState | undefined;
  /** All that is to be kept when this is how far the start is. */
  readonly written: (halfway: SavedState) => SavedState;
}

/** Crafts the poisons from one random start, or goes on: uint8 [N, H, W, C]. */
export async function craftOnce(
  crafting: Crafting,
  poisonIds: Int32Array,
  { start, rng, saved, written }: Start,
): Promise<Uint8Array> {
  const { settings, progress, input } = crafting;
  const { iterations } = settings;
  const retrainAt = retrainingSteps(settings);
  const batches = startBatches(crafting, poisonIds, rng);
  let victim: Victim | undefined;
  let step = 0;
  const halfway = async () => written(await halfwayAt(crafting, step, batches, victim));
  try {
    if (saved) step = restored(crafting, saved, batches);
    victim = await firstVictim(crafting, saved);
    for (; step < iterations; step++) {
      if (retrainAt.has(step)) {
        const kept = crafting.retrainingProgress(start, step);
        if (victim.since !== step) {
          const images = await levelsOf(batches);
          const stream = rng.fork(`retraining-${step}`);
          const next = await retrainedVictim(crafting, { poisonIds, images }, { step, rng: stream, kept });
          release(crafting, victim);
          victim = next;
          await progress.save(await halfway());
        }
        await kept.remove();
      }
      for (const batch of batches) {
        // One that goes on may have made this step before it was stopped.
        if (batch.perturbation.steps > step) continue;
        await move(crafting, victim, batch, rateAt(step, iterations));
        await progress.saveWhenDue(halfway);
      }
    }
    return await levelsOf(batches);
  } catch (error) {
    if (input.signal?.aborted && victim) await progress.save(await halfway());
    throw error;
  } finally {
    if (victim) release(crafting, victim);
    for (const { perturbation, labels } of batches) {
      perturbation.dispose();
      labels.dispose();
    }
  }
}

async function halfwayAt(
  { clean }: Crafting,
  step: number,
  batches: readonly Batch[],
  victim: Victim | undefined,
): Promise<SavedState> {
  const state: StateDict = new Map();
  for (const [i, { perturbation }] of batches.entries()) {
    for (const [name, array] of inGroup(`batch-${i}`, await perturbation.stateDict())) state.set(name, array);
  }
  const model = victim?.model === clean ? new Map() : await victim?.model.stateDict();
  for (const [name, array] of inGroup("victim", model ?? new Map())) state.set(name, array);
  return { state, facts: { step: String(step), victim: String(victim?.since ?? 0) } };
}

/** Puts the poisons back to where they were. @returns the step */
function restored({ input }: Crafting, { state, facts }: SavedState, batches: readonly Batch[]): number {
  for (const [i, { perturbation }] of batches.entries())
    perturbation.loadStateDict(groupOf(state, `batch-${i}`));
  const step = wholeFact(facts, "step");
  input.reporter.info(`sa: going on from step ${step + 1}`);
  return step;
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
    const mark = finiteMark(dImages);
    const isSound = Number.isFinite(distance + (await mark.data())[0]);
    if (isSound) perturbation.step(dImages, rate);
    tf.dispose([dImages, mark]);
    if (!isSound) throw notFinite();
    await done(labels.size * stepPasses, `distance ${distance.toFixed(3)}`);
  } finally {
    images.dispose();
  }
}

/** The poisons as they are, on the grid of levels: uint8 [N, H, W, C]. @throws RunError when a step was not finite */
async function levelsOf(batches: readonly Batch[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const { perturbation } of batches) {
    const images = perturbation.images();
    const values = await images.data<"float32">();
    images.dispose();
    if (!values.every(Number.isFinite)) throw notFinite();
    parts.push(toLevels(values));
  }
  return new Uint8Array(Buffer.concat(parts));
}

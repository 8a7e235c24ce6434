import { setImmediate } from "node:timers/promises";
import type { ImageSet } from "../../datasets/image-set.js";
import { allIds } from "../../datasets/select.js";
import { tf } from "../../engine/tf.js";
import { RunError } from "../../errors.js";
import type { Model } from "../../nn/model.js";
import { StateEntry } from "../../nn/state-entry.js";
import type { Rng } from "../../random/rng.js";
import type { Reporter } from "../../reporter.js";
import type { SavedState } from "../../store/resumable.js";
import { groupOf, inGroup, type StateDict } from "../../store/state-dict.js";
import { lossAndImageGradient } from "../../training/gradients.js";
import { type Optimizer, radam } from "../../training/optimizer.js";
import { batchTensors, epochAugmentation, epochBatches } from "../../training/train.js";
import { type CraftingProgress, wholeFact } from "../crafting/crafting-progress.js";

const learningRate = 0.01;

/** From [0, 1] to [-1, 1], where triggers are made whatever the victim's normalisation. */
export const wideNormalization = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

interface TriggerSettings {
  /** Largest absolute value, in units of [-1, 1]. */
  readonly bound: number;
  readonly rounds: number;
  readonly batchSize: number;
  readonly rng: Rng;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
  readonly progress: CraftingProgress;
  /** Told the mean loss of each round. */
  readonly onRound?: (meanLoss: number) => void;
}

/**
 * One pattern for all images that lowers their mean cross-entropy: RAdam over shuffled, cropped and flipped batches; the
 * weights stay as they are, batch norm takes each batch's own statistics. Values beyond the bound count as the bound, and
 * get no gradient. Ends early when no value has any.
 * @param target images with the label that the network should see in the pattern
 * @returns float32 [H, W, C], in units of [-1, 1]
 */
export async function optimiseTrigger(
  model: Model,
  target: ImageSet,
  settings: TriggerSettings,
): Promise<Float32Array> {
  const { bound, rounds, batchSize, rng, reporter, signal } = settings;
  const { height, width, channels } = target.pixels;
  const ids = allIds(target.labels.length);
  const data = { set: target, normalization: wideNormalization };
  const pattern = new StateEntry("trigger", "parameter", [height * width * channels]);
  pattern.load(new Float32Array(pattern.size));
  const optimizer = radam({ learningRate });
  const bar = reporter.progress("narcissus: trigger", rounds);
  try {
    const start = await settings.progress.restore((saved) => restored(saved, pattern, optimizer));
    if (start) reporter.info(`narcissus: trigger: going on from round ${start.round + 1}`);
    for (let round = start?.round ?? 0; round < rounds; round++) {
      const augmentation = epochAugmentation("black-crop-flip", rng, round);
      const isGoingOn = round === start?.round;
      let [lossSum, seen, steepness] = [0, 0, isGoingOn ? start.steepness : 0];
      for (const [index, batchIds] of epochBatches(ids, batchSize, rng, round).entries()) {
        if (isGoingOn && index < start.batch) continue;
        const halfway = (batch: number) => halfwayAt({ round, batch, steepness }, pattern, optimizer);
        await setImmediate();
        if (signal?.aborted) await settings.progress.save(await halfway(index));
        signal?.throwIfAborted();
        const { images, labels } = batchTensors(data, batchIds, augmentation);
        const { loss, gradient } = triggerGradient(model, images, labels, pattern.value, bound);
        optimizer.step(new Map([[pattern, gradient]]));
        const slope = tf.tidy(() => tf.sum(tf.abs(gradient)));
        lossSum += (await loss.data())[0] * batchIds.length;
        seen += batchIds.length;
        steepness = (await slope.data())[0];
        tf.dispose([images, labels, loss, gradient, slope]);
        if (!Number.isFinite(steepness)) throw notFinite(round);
        await settings.progress.saveWhenDue(() => halfway(index + 1));
      }
      // A round whose end was saved has nothing left to see.
      const meanLoss = seen === 0 ? 0 : lossSum / seen;
      if (!Number.isFinite(meanLoss)) throw diverged(meanLoss, round);
      settings.onRound?.(meanLoss);
      bar.update(round + 1, `loss ${meanLoss.toFixed(4)}`);
      if (steepness === 0) break;
    }
    const bounded = tf.clipByValue(pattern.value, -bound, bound);
    const values = await bounded.data<"float32">();
    bounded.dispose();
    return values;
  } finally {
    bar.stop();
    optimizer.dispose();
    pattern.dispose();
  }
}

/** All before batch `batch` of round `round` is done; both count from 0. */
interface Position {
  readonly round: number;
  readonly batch: number;
  /** Of the latest gradient. */
  readonly steepness: number;
}

async function halfwayAt(
  { round, batch, steepness }: Position,
  pattern: StateEntry,
  optimizer: Optimizer,
): Promise<SavedState> {
  const data = Float32Array.from(await pattern.value.data());
  const state: StateDict = new Map([["pattern", { shape: [pattern.size], data }]]);
  return {
    state: new Map([...state, ...inGroup("optimizer", await optimizer.stateDict())]),
    facts: { round: String(round), batch: String(batch), steepness: String(steepness) },
  };
}

function restored({ state, facts }: SavedState, pattern: StateEntry, optimizer: Optimizer): Position {
  const saved = state.get("pattern");
  if (saved?.data.length !== pattern.size) throw new Error("it holds no trigger of this size");
  pattern.load(saved.data);
  optimizer.loadStateDict(groupOf(state, "optimizer"), [pattern]);
  const steepness = Number(facts.steepness);
  return { round: wholeFact(facts, "round"), batch: wholeFact(facts, "batch"), steepness };
}

interface TriggerGradient {
  /** float32 scalar, mean cross-entropy of the images with the trigger */
  readonly loss: tf.Scalar;
  /** float32 [H * W * C]: 0 where the trigger is beyond the bound */
  readonly gradient: tf.Tensor;
}

/**
 * How the loss of images depends on the trigger they carry, both clipped as PyTorch's `clamp` does it.
 * @param images float32 [N, H, W, C] in [-1, 1]; borrowed
 * @param labels int32 [N]; borrowed
 * @param pattern float32 [H * W * C], as it is before it is bounded; borrowed
 * @returns owned by the caller
 */
export function triggerGradient(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  pattern: tf.Tensor,
  bound: number,
): TriggerGradient {
  const shifted = tf.tidy(() => {
    const trigger = tf.reshape(tf.clipByValue(pattern, -bound, bound), [1, ...images.shape.slice(1)]);
    return tf.add<tf.Tensor4D>(images, trigger);
  });
  const seen = tf.clipByValue(shifted, -1, 1);
  const { loss, gradient: onImages } = lossAndImageGradient(model, seen, labels, { training: true });
  const gradient = tf.tidy(() => {
    const onTrigger = tf.sum(tf.mul(onImages, isWithin(shifted, 1)), 0);
    return tf.mul(tf.reshape(onTrigger, pattern.shape), isWithin(pattern, bound));
  });
  tf.dispose([shifted, seen, onImages]);
  return { loss, gradient };
}

/** 1 where the absolute value is at most `limit`, else 0. */
const isWithin = (values: tf.Tensor, limit: number): tf.Tensor =>
  tf.cast(tf.lessEqual(tf.abs(values), limit), "float32");

const otherSurrogate =
  "Its network has not learned: give --attack_opt surrogate_epochs more, or other outside images.";

const diverged = (loss: number, round: number): RunError =>
  new RunError(
    `The Narcissus trigger diverged: the mean loss of round ${round + 1} is ${loss}.`,
    otherSurrogate,
  );

const notFinite = (round: number): RunError =>
  new RunError(
    `The Narcissus trigger diverged: a gradient of round ${round + 1} is not finite.`,
    otherSurrogate,
  );

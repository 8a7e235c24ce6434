import { setImmediate } from "node:timers/promises";
import type { ImageSet } from "../datasets/image-set.js";
import { allIds } from "../datasets/select.js";
import { tf } from "../engine/tf.js";
import { RunError } from "../errors.js";
import type { Model } from "../nn/model.js";
import { StateEntry } from "../nn/state-entry.js";
import type { Rng } from "../random/rng.js";
import type { Reporter } from "../reporter.js";
import { lossAndImageGradient } from "../training/gradients.js";
import { radam } from "../training/optimizer.js";
import { batchTensors, epochAugmentation, epochBatches } from "../training/train.js";

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
  const progress = reporter.progress("narcissus: trigger", rounds);
  try {
    for (let round = 0; round < rounds; round++) {
      const augmentation = epochAugmentation("black-crop-flip", rng, round);
      let [lossSum, steepness] = [0, 0];
      for (const batchIds of epochBatches(ids, batchSize, rng, round)) {
        await setImmediate();
        signal?.throwIfAborted();
        const { images, labels } = batchTensors(data, batchIds, augmentation);
        const { loss, gradient } = triggerGradient(model, images, labels, pattern.value, bound);
        optimizer.step(new Map([[pattern, gradient]]));
        const slope = tf.tidy(() => tf.sum(tf.abs(gradient)));
        lossSum += (await loss.data())[0] * batchIds.length;
        steepness = (await slope.data())[0];
        tf.dispose([images, labels, loss, gradient, slope]);
      }
      const meanLoss = lossSum / ids.length;
      if (!Number.isFinite(meanLoss)) throw diverged(meanLoss, round);
      settings.onRound?.(meanLoss);
      progress.update(round + 1, `loss ${meanLoss.toFixed(4)}`);
      if (steepness === 0) break;
    }
    const bounded = tf.clipByValue(pattern.value, -bound, bound);
    const values = await bounded.data<"float32">();
    bounded.dispose();
    return values;
  } finally {
    progress.stop();
    optimizer.dispose();
    pattern.dispose();
  }
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

const diverged = (loss: number, round: number): RunError =>
  new RunError(
    `The Narcissus trigger diverged: the mean loss of round ${round + 1} is ${loss}.`,
    "Its network has not learned: give --attack_opt surrogate_epochs more, or other outside images.",
  );

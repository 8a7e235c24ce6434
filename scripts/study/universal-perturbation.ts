import { setImmediate } from "node:timers/promises";
import { drawAugmentation } from "../../src/datasets/augmentation.js";
import { shuffledBatches } from "../../src/datasets/batches.js";
import { allIds } from "../../src/datasets/select.js";
import { tf } from "../../src/engine/tf.js";
import type { Model } from "../../src/nn/model.js";
import type { Rng } from "../../src/random/rng.js";
import { imageGradient } from "../../src/training/gradients.js";
import { batchTensors } from "../../src/training/train.js";
import type { StudySubject } from "./subject.js";

/** Bound and step, of 255. */
const [bound, step] = [16, 1];
const steps = 300;

/**
 * One pattern that moves images of all other classes to the target class, made on a clean network by signed gradients of
 * the mean loss (a universal perturbation as Narcissus plants one, without its outside images).
 * @returns float32 [H, W, C], of 255, within the bound
 */
export async function universalPerturbation(
  model: Model,
  { set, normalization }: StudySubject,
  targetClass: number,
  rng: Rng,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { height, width, channels } = set.pixels;
  const others = allIds(set.labels.length).filter((id) => set.labels[id] !== targetClass);
  const scale = normalization.std.map((std) => 1 / (255 * std));
  let pattern = tf.zeros([1, height, width, channels]);
  let done = 0;
  for (let round = 0; done < steps; round++) {
    const augmentation = drawAugmentation("flip", rng.fork(`augment-${round}`));
    for (const ids of shuffledBatches(others, 128, rng.fork(`round-${round}`))) {
      if (done++ >= steps) break;
      await setImmediate();
      signal.throwIfAborted();
      const batch = batchTensors({ set, normalization }, ids, augmentation);
      const labels = tf.fill([ids.length], targetClass, "int32") as tf.Tensor1D;
      const shifted = tf.tidy(() => tf.add(batch.images, tf.mul(pattern, scale))) as tf.Tensor4D;
      const gradient = imageGradient(model, shifted, labels);
      const next = tf.tidy(() => {
        const direction = tf.sign(tf.sum(gradient, 0, true));
        const rate = step * (1 - (done - 1) / steps);
        return tf.clipByValue(tf.sub(pattern, tf.mul(direction, rate)), -bound, bound);
      });
      tf.dispose([batch.images, batch.labels, labels, shifted, gradient, pattern]);
      pattern = next;
    }
  }
  const values = await pattern.data<"float32">();
  pattern.dispose();
  return values;
}

import { setImmediate } from "node:timers/promises";
import { noAugmentation } from "../datasets/augmentation.js";
import { consecutiveBatches } from "../datasets/batches.js";
import type { ImageSet, Normalization } from "../datasets/image-set.js";
import { allIds } from "../datasets/select.js";
import { tf } from "../engine/tf.js";
import type { Model } from "../nn/model.js";
import { batchTensors } from "./train.js";

const evaluationBatchSize = 200;

/**
 * Share of images whose predicted class is their label, in evaluation mode: the clean accuracy (ACC) on a clean test
 * set, the attack success rate (ASR) on a triggered one, all of whose labels are the target class.
 * @returns a fraction in [0, 1]; NaN for an empty set
 */
export async function evaluate(
  model: Model,
  set: ImageSet,
  normalization: Normalization,
  signal?: AbortSignal,
): Promise<number> {
  const ids = allIds(set.labels.length);
  let correct = 0;
  for (const batchIds of consecutiveBatches(ids, evaluationBatchSize)) {
    await setImmediate();
    signal?.throwIfAborted();
    const { images, labels } = batchTensors({ set, normalization }, batchIds, noAugmentation);
    const hits = tf.tidy(() => {
      const logits = model.predict(images);
      const hits = tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), "float32"));
      logits.dispose();
      return hits;
    });
    correct += (await hits.data())[0];
    tf.dispose([images, labels, hits]);
  }
  return correct / ids.length;
}

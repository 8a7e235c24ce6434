import { setImmediate } from "node:timers/promises";
import { noAugmentation } from "../datasets/augmentation.js";
import { consecutiveBatches } from "../datasets/batches.js";
import { tf } from "../engine/tf.js";
import type { Model } from "../nn/model.js";
import type { Subject } from "../training/subject.js";
import { batchTensors } from "../training/train.js";

/** Further forward passes, in evaluation mode. */
export interface Forward {
  /** Images known to be clean, of all classes, that others can be overlaid with. */
  readonly numOverlays: number;
  /**
   * Logits of images with an overlay added, both normalised, as they are and unclipped.
   * @param rows of the examined images
   * @param overlay below `numOverlays`
   * @returns float32 [rows, numClasses]
   */
  overlaid(rows: Int32Array, overlay: number): Promise<Float32Array>;
  /**
   * Logits with dropout behind every named stage of the network.
   * @param rate in (0, 1)
   * @returns float32 [rows, numClasses]
   */
  dropped(rows: Int32Array, rate: number, seed: number): Promise<Float32Array>;
}

/** Images worth having to lay over others. */
export const mostOverlays = 100;

const batchSize = 128;

/** @param overlays int32, rows of the subject's images */
export function forwardOf(
  model: Model,
  { images: set, normalization }: Pick<Subject, "images" | "normalization">,
  overlays: Int32Array,
  signal: AbortSignal,
): Forward {
  const data = { set, normalization };
  const logitsOf = async (
    rows: Int32Array,
    predict: (images: tf.Tensor4D, batch: number) => tf.Tensor,
  ): Promise<Float32Array> => {
    const logits = new Float32Array(rows.length * model.numClasses);
    let [done, index] = [0, 0];
    for (const ids of consecutiveBatches(rows, batchSize)) {
      await setImmediate();
      signal.throwIfAborted();
      const batch = batchTensors(data, ids, noAugmentation);
      const output = predict(batch.images, index++);
      logits.set(await output.data<"float32">(), done * model.numClasses);
      tf.dispose([batch.images, batch.labels, output]);
      done += ids.length;
    }
    return logits;
  };
  return {
    numOverlays: overlays.length,
    async overlaid(rows, overlay) {
      const { images: added, labels } = batchTensors(
        data,
        overlays.slice(overlay, overlay + 1),
        noAugmentation,
      );
      try {
        return await logitsOf(rows, (images) => {
          const sum = tf.add(images, added) as tf.Tensor4D;
          const output = model.predict(sum);
          sum.dispose();
          return output;
        });
      } finally {
        tf.dispose([added, labels]);
      }
    },
    dropped: (rows, rate, seed) =>
      logitsOf(rows, (images, batch) => {
        let place = 0;
        return model.forward(images, {
          training: false,
          statistics: "batch",
          record: false,
          changeStage: (output) => tf.dropout(output, rate, undefined, seed + 1009 * batch + place++),
        }).output;
      }),
  };
}

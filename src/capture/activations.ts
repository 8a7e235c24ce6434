import { setImmediate } from "node:timers/promises";
import { type Augmentation, noAugmentation } from "../datasets/augmentation.js";
import { consecutiveBatches } from "../datasets/batches.js";
import type { ImageSet, Normalization } from "../datasets/image-set.js";
import { tf } from "../engine/tf.js";
import type { Model } from "../nn/model.js";
import { batchTensors } from "../training/train.js";

/** What is kept of a stage's output: over its positions the mean or the maximum; without positions the values themselves. */
type Statistic = "mean" | "max" | "value";

/** Columns that belong together. */
export interface ColumnGroup {
  /** Name of the network's stage. */
  readonly stage: string;
  readonly statistic: Statistic;
  readonly first: number;
  /** Channels of the stage. */
  readonly count: number;
}

/** What a network makes of images, one row each. */
export interface Activations {
  readonly rows: number;
  readonly cols: number;
  /** float32 [rows, cols] */
  readonly data: Float32Array;
  /** From the first column to the last. */
  readonly groups: readonly ColumnGroup[];
  /** float32 [rows, numClasses] */
  readonly logits: Float32Array;
}

interface CaptureOptions {
  readonly normalization: Normalization;
  /** None by default: a plain pass. */
  readonly augmentation?: Augmentation;
  /** Told how many images are done, after each batch. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Images that go through the network together. */
const batchSize = 128;

/**
 * Mean and maximum over space of every stage's output (see `stage`), and the logits, in evaluation mode: batch norm uses
 * its running statistics, so that a row depends on its own image alone.
 * @param ids rows of `set`, in any order
 */
export async function captureActivations(
  model: Model,
  set: ImageSet,
  ids: Int32Array,
  { normalization, augmentation = noAugmentation, onProgress, signal }: CaptureOptions,
): Promise<Activations> {
  let groups: readonly ColumnGroup[] = [];
  let data = new Float32Array(0);
  const logits = new Float32Array(ids.length * model.numClasses);
  let done = 0;
  for (const batchIds of consecutiveBatches(ids, batchSize)) {
    await setImmediate();
    signal?.throwIfAborted();
    const { images, labels } = batchTensors({ set, normalization }, batchIds, augmentation);
    const batch = forwardBatch(model, images);
    const [cols] = batch.table.shape.slice(1);
    if (done === 0) data = new Float32Array(ids.length * cols);
    groups = batch.groups;
    data.set(await batch.table.data<"float32">(), done * cols);
    logits.set(await batch.logits.data<"float32">(), done * model.numClasses);
    tf.dispose([images, labels, batch.table, batch.logits]);
    done += batchIds.length;
    onProgress?.(done);
  }
  const cols = groups.reduce((sum, { count }) => sum + count, 0);
  return { rows: ids.length, cols, data, groups, logits };
}

interface BatchActivations {
  readonly groups: readonly ColumnGroup[];
  /** float32 [N, cols] */
  readonly table: tf.Tensor2D;
  /** float32 [N, numClasses] */
  readonly logits: tf.Tensor2D;
}

function forwardBatch(model: Model, images: tf.Tensor4D): BatchActivations {
  const groups: ColumnGroup[] = [];
  const parts: tf.Tensor2D[] = [];
  let first = 0;
  const keep = (stage: string, statistic: Statistic, part: tf.Tensor2D) => {
    groups.push({ stage, statistic, first, count: part.shape[1] });
    parts.push(part);
    first += part.shape[1];
  };
  const recorded = model.forward(images, {
    training: false,
    statistics: "batch",
    record: false,
    onStage(name, output) {
      const positions = output.shape.map((_, axis) => axis).slice(1, -1);
      if (positions.length === 0) keep(name, "value", output.clone() as tf.Tensor2D);
      else {
        keep(name, "mean", tf.mean(output, positions));
        keep(name, "max", tf.max(output, positions));
      }
    },
  });
  if (parts.length === 0) throw new Error("The network names no stage to look at (src/nn/stage.ts).");
  const table = tf.concat(parts, 1);
  tf.dispose(parts);
  return { groups, table, logits: recorded.output as tf.Tensor2D };
}

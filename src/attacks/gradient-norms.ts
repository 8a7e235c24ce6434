import { consecutiveBatches } from "../datasets/batches.js";
import type { Dataset } from "../datasets/image-set.js";
import { allIds } from "../datasets/select.js";
import { tf } from "../engine/tf.js";
import type { GradientSink } from "../nn/layer.js";
import { crossEntropy } from "../nn/loss.js";
import type { Model } from "../nn/model.js";
import type { StateEntry } from "../nn/state-entry.js";
import { networkInput, unitImages } from "./unit-images.js";

interface NormOptions {
  /** Parameters that count. */
  readonly entries: readonly StateEntry[];
  /** Images that go through the network together. */
  readonly atOnce: number;
  /** Called after each batch; it may throw. */
  readonly onBatch?: (count: number) => Promise<void>;
}

/**
 * Length of each training image's own loss gradient, in evaluation mode.
 * @param ids int32 [N], rows of the training set
 * @returns float32 [N]
 */
export async function gradientNorms(
  model: Model,
  dataset: Dataset,
  ids: Int32Array,
  { entries, atOnce, onBatch }: NormOptions,
): Promise<Float32Array> {
  const { pixels, labels } = dataset.train;
  const norms = new Float32Array(ids.length);
  const elements = new Map(entries.map((entry) => [entry, allIds(entry.size)]));
  let done = 0;
  for (const batchIds of consecutiveBatches(ids, atOnce)) {
    const images = unitImages(pixels, batchIds);
    const input = networkInput(images, dataset.normalization);
    const classes = tf.tensor1d(
      batchIds.map((id) => labels[id]),
      "int32",
    );
    const squares = squaredNorms(model, input, classes, elements);
    norms.set((await squares.data()).map(Math.sqrt), done);
    tf.dispose([images, input, classes, squares]);
    done += batchIds.length;
    await onBatch?.(batchIds.length);
  }
  return norms;
}

/** float32 [N] */
function squaredNorms(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  elements: ReadonlyMap<StateEntry, Int32Array>,
): tf.Tensor1D {
  const parts: tf.Tensor1D[] = [];
  const sink: GradientSink = {
    mode: "sample",
    wants: (entry) => elements.has(entry),
    elements: (entry) => elements.get(entry) ?? new Int32Array(0),
    put(_entry, gradient) {
      parts.push(tf.tidy(() => tf.sum(tf.square(gradient), 1)));
      gradient.dispose();
    },
  };
  const recorded = model.forward(images, { training: false, statistics: "sample", record: true });
  const { loss, gradient } = crossEntropy(recorded.output as tf.Tensor2D, labels, "none");
  recorded.backward(gradient, sink, false);
  tf.dispose([loss, gradient]);
  recorded.dispose();
  const sum = tf.addN(parts);
  tf.dispose(parts);
  return sum;
}

/** The `count` ids of the largest norms, ascending; of equal norms the smaller id is taken. */
export function largest(ids: Int32Array, norms: Float32Array, count: number): Int32Array {
  const ranked = [...ids.keys()].sort((a, b) => norms[b] - norms[a] || ids[a] - ids[b]);
  return Int32Array.from(ranked.slice(0, count), (row) => ids[row]).sort();
}

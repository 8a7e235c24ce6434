import { consecutiveBatches } from "../../datasets/batches.js";
import type { Dataset } from "../../datasets/image-set.js";
import { tf } from "../../engine/tf.js";
import type { Model } from "../../nn/model.js";
import type { StateEntry } from "../../nn/state-entry.js";
import { networkInput, unitImages } from "../crafting/unit-images.js";
import { disposeVector, parameterGradient } from "./parameter-gradient.js";

/** Norms read from the device together. */
const readAtOnce = 32;

interface NormOptions {
  /** Parameters that count. */
  readonly entries: readonly StateEntry[];
  /** Called after some images; it may throw. */
  readonly onBatch?: (count: number) => Promise<void>;
}

/**
 * Length of each training image's own loss gradient, in evaluation mode. The images go through one by one: gradients
 * of a batch's images kept apart take a multiple of that for a large network.
 * @param ids int32 [N], rows of the training set
 * @returns float32 [N]
 */
export async function gradientNorms(
  model: Model,
  dataset: Dataset,
  ids: Int32Array,
  { entries, onBatch }: NormOptions,
): Promise<Float32Array> {
  const norms = new Float32Array(ids.length);
  let done = 0;
  for (const batchIds of consecutiveBatches(ids, readAtOnce)) {
    const batch = tf.tidy(() =>
      tf.stack([...batchIds].map((id) => gradientNorm(model, dataset, id, entries))),
    );
    norms.set(await batch.data(), done);
    batch.dispose();
    done += batchIds.length;
    await onBatch?.(batchIds.length);
  }
  return norms;
}

function gradientNorm(model: Model, dataset: Dataset, id: number, entries: readonly StateEntry[]): tf.Tensor {
  const { pixels, labels } = dataset.train;
  return tf.tidy(() => {
    const image = networkInput(unitImages(pixels, Int32Array.of(id)), dataset.normalization);
    const gradient = parameterGradient(model, entries, image, tf.tensor1d([labels[id]], "int32"));
    const norm = tf.sqrt(tf.addN([...gradient.values()].map((part) => tf.sum(tf.square(part)))));
    disposeVector(gradient);
    return norm;
  });
}

/** The `count` ids of the largest norms, ascending; of equal norms the smaller id is taken. */
export function largest(ids: Int32Array, norms: Float32Array, count: number): Int32Array {
  const ranked = [...ids.keys()].sort((a, b) => norms[b] - norms[a] || ids[a] - ids[b]);
  return Int32Array.from(ranked.slice(0, count), (row) => ids[row]).sort();
}

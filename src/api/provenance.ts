import { tf } from "../engine/tf.js";
import type { Model } from "../nn/model.js";
import { batchDifferenceTensors, type LabelledBatch } from "../provenance/batch-differences.js";
import { type FeatureMaxima, RunningMaxima } from "../provenance/running-maxima.js";
import { type SampleIncrementOptions, sampleIncrementTensor } from "../provenance/sample-increments.js";
import { type ImageArray, imageTensor, labelTensor, type NumericArray, takeArray } from "./arrays.js";

/** One surrogate batch. */
export interface LabelledImages {
  /** normalised */
  readonly images: ImageArray;
  readonly labels: ArrayLike<number>;
}

/**
 * Absolute differences between three surrogate updates from the same weights (method: batch level), over the flattened
 * state: |U_sus - U_clean2| and |U_clean1 - U_clean2|. Changes nothing in the model.
 */
export async function batchDifferences(
  model: Model,
  groups: { suspect: LabelledImages; clean1: LabelledImages; clean2: LabelledImages },
  options: SampleIncrementOptions,
): Promise<FeatureMaxima> {
  const batches = {
    suspect: batchOf(model, groups.suspect),
    clean1: batchOf(model, groups.clean1),
    clean2: batchOf(model, groups.clean2),
  };
  const maxima = new RunningMaxima(model);
  try {
    maxima.add(batchDifferenceTensors(model, batches, options));
    return await maxima.read();
  } finally {
    maxima.dispose();
    for (const { images, labels } of Object.values(batches)) tf.dispose([images, labels]);
  }
}

const batchOf = (model: Model, { images, labels }: LabelledImages): LabelledBatch => ({
  images: imageTensor(images),
  labels: labelTensor(labels, images, model),
});

/**
 * What one surrogate step on each sample alone adds to the flattened state at `features` (method: sample level).
 * Changes nothing in the model.
 * @param images normalised
 * @returns float32 [N, features.length], columns in the order of `features`
 */
export async function sampleIncrements(
  model: Model,
  images: ImageArray,
  labels: ArrayLike<number>,
  features: ArrayLike<number>,
  options: SampleIncrementOptions,
): Promise<NumericArray> {
  const x = imageTensor(images);
  const y = labelTensor(labels, images, model);
  try {
    return await takeArray(sampleIncrementTensor(model, x, y, features, options));
  } finally {
    tf.dispose([x, y]);
  }
}

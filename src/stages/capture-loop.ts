import type { drawAugmentation } from "../datasets/augmentation.js";
import { allIds } from "../datasets/select.js";
import { tf } from "../engine/tf.js";
import type { Model } from "../nn/model.js";
import type { LabelledBatch } from "../provenance/batch-differences.js";
import { type CleanGroups, drawCleanGroups } from "../provenance/clean-groups.js";
import { batchTensors, epochAugmentation, train } from "../training/train.js";
import { loadBaseModel } from "./base-model.js";
import type { CapturePlan } from "./capture-plan.js";
import type { StageContext } from "./context.js";

/** A batch with suspects, at the weights before the main update. */
export interface Capture extends CleanGroups {
  readonly model: Model;
  readonly epoch: number;
  /** int32, the suspects of the batch */
  readonly suspects: Int32Array;
  /** Images and labels of samples, augmented as in this epoch; the caller disposes them. */
  readonly read: (ids: Int32Array) => LabelledBatch;
}

/**
 * Goes on training the base model over the whole poisoned set, as in training, and hands every batch with suspects to
 * `capture` before the main update (method: batch level, sample level).
 */
export async function captureLoop(
  context: StageContext,
  plan: CapturePlan,
  capture: (batch: Capture) => Promise<void>,
  afterEpoch: (epoch: number) => Promise<void> = async () => {},
): Promise<void> {
  const { config, poisoned, dataset, reporter, signal } = context;
  const { model, optimizer } = await loadBaseModel(context, plan.baseEpochs);
  const data = {
    set: poisoned.train,
    ids: allIds(poisoned.train.labels.length),
    normalization: dataset.normalization,
    augmentation: context.augmentation,
  };
  let batchNumber = 0;
  try {
    await train(model, data, optimizer, {
      batchSize: plan.batchSize,
      schedule: {
        optimizer: config.opt,
        initialRate: config.lr,
        // The base model's schedule goes on past its end, where the rate climbs again.
        period: plan.baseEpochs || plan.epochs,
      },
      firstEpoch: plan.baseEpochs,
      endEpoch: plan.baseEpochs + plan.epochs,
      trainingMode: config.trainingMode,
      rng: plan.rng,
      label: plan.name,
      reporter,
      signal,
      async beforeStep(batchIds, epoch) {
        const suspects = batchIds.filter((id) => plan.suspects.has(id));
        if (suspects.length === 0) return;
        const stream = plan.rng.fork(`clean-groups/${batchNumber++}`);
        const groups = drawCleanGroups(batchIds, plan.reference, suspects.length, stream);
        const augmentation = epochAugmentation(context.augmentation, plan.rng, epoch);
        const read = (ids: Int32Array) => sampleImages(context, ids, augmentation);
        await capture({ model, epoch, suspects, ...groups, read });
      },
      afterEpoch,
    });
  } finally {
    model.dispose();
    optimizer.dispose();
  }
}

/** @param ids rows of the poisoned training set, or training size + row of the clean test set, in any order */
function sampleImages(
  { poisoned, dataset }: StageContext,
  ids: Int32Array,
  augmentation: ReturnType<typeof drawAugmentation>,
): LabelledBatch {
  const trainSize = poisoned.train.labels.length;
  const { normalization } = dataset;
  const trainIds = ids.filter((id) => id < trainSize);
  const testRows = ids.filter((id) => id >= trainSize).map((id) => id - trainSize);
  if (testRows.length === 0)
    return batchTensors({ set: poisoned.train, normalization }, trainIds, augmentation);
  if (trainIds.length === 0)
    return batchTensors({ set: dataset.test, normalization }, testRows, augmentation);
  const parts = [
    batchTensors({ set: poisoned.train, normalization }, trainIds, augmentation),
    batchTensors({ set: dataset.test, normalization }, testRows, augmentation),
  ];
  let [fromTrain, fromTest] = [0, trainIds.length];
  const order = ids.map((id) => (id < trainSize ? fromTrain++ : fromTest++));
  const batch = tf.tidy(() => {
    const places = tf.tensor1d(order, "int32");
    const joined = <T extends tf.Tensor>(tensors: T[]) =>
      tf.gather(tf.concat(tensors as tf.Tensor[]), places) as T;
    return {
      images: joined(parts.map(({ images }) => images)),
      labels: joined(parts.map(({ labels }) => labels)),
    };
  });
  for (const part of parts) disposeBatch(part);
  return batch;
}

export const disposeBatch = ({ images, labels }: LabelledBatch): void => tf.dispose([images, labels]);

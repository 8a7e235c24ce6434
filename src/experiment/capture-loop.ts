import type { drawAugmentation } from "../datasets/augmentation.js";
import { allIds } from "../datasets/select.js";
import { tf } from "../engine/tf.js";
import { RunError } from "../errors.js";
import type { Model } from "../nn/model.js";
import type { LabelledBatch } from "../provenance/batch-differences.js";
import { type CleanGroups, drawCleanGroups } from "../provenance/clean-groups.js";
import type { StateDict } from "../store/state-dict.js";
import { describePosition, type Position } from "../training/position.js";
import { batchTensors, epochAugmentation, train } from "../training/train.js";
import { loadBaseModel } from "./base-model.js";
import type { CapturePlan } from "./capture-plan.js";
import type { StageContext } from "./context.js";
import type { Progress } from "./progress.js";

/** A batch with suspects, at the weights before the main update. */
export interface Capture extends CleanGroups {
  readonly model: Model;
  readonly epoch: number;
  /** int32, the suspects of the batch */
  readonly suspects: Int32Array;
  /** Images and labels of samples, augmented as in this epoch; the caller disposes them. */
  readonly read: (ids: Int32Array) => LabelledBatch;
  /** Seed of dropout masks, the same for all samples of the batch. */
  readonly dropoutSeed: number;
}

/** What a capture stage does with the batches. */
export interface CaptureHandler {
  readonly capture: (batch: Capture) => Promise<void>;
  readonly afterEpoch?: (epoch: number) => Promise<void>;
  /** All that was captured so far, to go on from later. */
  readonly save: () => Promise<StateDict>;
  /** Takes back what `save` gave; called before the first batch, with nothing when the capture begins. */
  readonly restore: (saved: StateDict | undefined, model: Model) => Promise<void>;
}

/**
 * Goes on training the base model over the whole poisoned set, as in training, and hands every batch with suspects to
 * the handler before the main update (method: batch level, sample level). A capture that was interrupted goes on.
 */
export async function captureLoop(
  context: StageContext,
  plan: CapturePlan,
  progress: Progress,
  handler: CaptureHandler,
): Promise<void> {
  const { config, poisoned, dataset, reporter, signal } = context;
  const { model, optimizer } = await loadBaseModel(context, plan.baseEpochs);
  const data = {
    set: poisoned.train,
    ids: allIds(poisoned.train.labels.length),
    normalization: dataset.normalization,
    augmentation: context.augmentation,
  };
  const endEpoch = plan.baseEpochs + plan.epochs;
  const halfway = async (position: Position) => ({ model, optimizer, position, extra: await handler.save() });
  try {
    const saved = await progress.restore(model, optimizer);
    if (saved) reporter.info(`${plan.name}: going on from ${describePosition(saved.position)}`);
    await handler.restore(saved?.extra, model);
    await train(model, data, optimizer, {
      batchSize: plan.batchSize,
      schedule: {
        optimizer: config.opt,
        initialRate: config.lr,
        // The base model's schedule goes on past its end, where the rate climbs again.
        period: plan.baseEpochs || plan.epochs,
      },
      start: saved?.position ?? { epoch: plan.baseEpochs, batch: 0 },
      endEpoch,
      trainingMode: config.trainingMode,
      rng: plan.rng,
      label: plan.name,
      reporter,
      signal,
      async beforeStep(batchIds, { epoch, batch }) {
        const suspects = batchIds.filter((id) => plan.suspects.has(id));
        if (suspects.length === 0) return;
        const stream = plan.rng.fork(`capture/epoch-${epoch}/batch-${batch}`);
        const groups = drawCleanGroups(
          batchIds,
          plan.reference,
          suspects.length,
          stream.fork("clean-groups"),
        );
        const augmentation = epochAugmentation(context.augmentation, plan.rng, epoch);
        const read = (ids: Int32Array) => ({ ...sampleImages(context, ids, augmentation), sampleIds: ids });
        const dropoutSeed = stream.fork("dropout").seed();
        await handler.capture({ model, epoch, suspects, ...groups, read, dropoutSeed });
      },
      async afterStep(position, isStopping) {
        if (isStopping) await progress.save(await halfway(position));
        else await progress.saveWhenDue(() => halfway(position));
      },
      async afterEpoch(epoch) {
        await handler.afterEpoch?.(epoch);
        // After the last epoch the stage writes its result.
        if (epoch + 1 < endEpoch) await progress.save(await halfway({ epoch: epoch + 1, batch: 0 }));
      },
    });
  } catch (error) {
    // It would end so again: a run with other flags should not find it in its way.
    if (error instanceof RunError) await progress.remove();
    throw error;
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

import { tf } from "../engine/tf.js";
import { RunError } from "../errors.js";
import type { Model } from "../nn/model.js";
import type { LabelledBatch } from "../provenance/batch-differences.js";
import { type CleanGroups, drawCleanGroups } from "../provenance/clean-groups.js";
import type { Surrogate } from "../provenance/surrogate.js";
import type { Run } from "../run.js";
import type { StateDict } from "../store/state-dict.js";
import type { Optimizer } from "../training/optimizer.js";
import { describePosition, type Position } from "../training/position.js";
import type { Subject } from "../training/subject.js";
import { batchTensors, epochAugmentation, train } from "../training/train.js";
import type { TrainingProgress } from "../training/training-progress.js";
import type { CaptureSchedule } from "./schedule.js";
import type { Suspicion } from "./suspicion.js";

/** A trained model, with the optimizer it was trained by. */
export interface BaseModel {
  readonly model: Model;
  readonly optimizer: Optimizer;
}

/** What a capture reads. One pass over the training set serves all suspicions. */
export interface CaptureInput {
  readonly subject: Subject;
  readonly suspicions: readonly Suspicion[];
  readonly schedule: CaptureSchedule;
  /** The model whose training goes on; taken over. */
  readonly base: BaseModel;
  /** What the base model is trained by, and each single update is made by. */
  readonly surrogate: Surrogate & { readonly trainingMode: boolean };
  readonly progress: TrainingProgress;
  readonly run: Run;
}

/** A batch with suspects, at the weights before the main update. */
export interface CapturedBatch extends CleanGroups {
  readonly model: Model;
  readonly epoch: number;
  /** Position of the suspicion among those of the capture. */
  readonly suspicion: number;
  /** int32, its suspects in the batch */
  readonly suspects: Int32Array;
  /** Images and labels of samples, augmented as in this epoch; the caller disposes them. */
  readonly read: (ids: Int32Array) => LabelledBatch;
  /** Seed of dropout masks, the same for all samples of the batch. */
  readonly dropoutSeed: number;
}

/** What a capture stage does with the batches. */
export interface CaptureHandler {
  readonly capture: (batch: CapturedBatch) => Promise<void>;
  readonly afterEpoch?: (epoch: number) => Promise<void>;
  /** All that was captured so far, to go on from later. */
  readonly save: () => Promise<StateDict>;
  /** Takes back what `save` gave; called before the first batch, with nothing when the capture begins. */
  readonly restore: (saved: StateDict | undefined, model: Model) => Promise<void>;
}

/**
 * Goes on training the base model over the whole training set, as in training, and hands every batch with suspects to the
 * handler before the main update (method: batch level, sample level). A capture that was interrupted goes on.
 */
export async function captureLoop(input: CaptureInput, handler: CaptureHandler): Promise<void> {
  const { subject, schedule, surrogate, progress, run } = input;
  const { model, optimizer } = input.base;
  const data = { ...subject, set: subject.images, ids: subject.trainIds };
  const endEpoch = schedule.baseEpochs + schedule.epochs;
  const stateAt = async (position: Position) => ({
    model,
    optimizer,
    position,
    extra: await handler.save(),
  });
  try {
    const saved = await progress.restore(model, optimizer);
    if (saved) run.reporter.info(`${schedule.name}: going on from ${describePosition(saved.position)}`);
    await handler.restore(saved?.extra, model);
    await train(model, data, optimizer, {
      batchSize: schedule.batchSize,
      schedule: {
        optimizer: surrogate.optimizer,
        initialRate: surrogate.learningRate,
        // The base model's schedule goes on past its end, where the rate climbs again.
        period: schedule.baseEpochs || schedule.epochs,
      },
      start: saved?.position ?? { epoch: schedule.baseEpochs, batch: 0 },
      endEpoch,
      trainingMode: surrogate.trainingMode,
      rng: schedule.rng,
      label: schedule.name,
      ...run,
      beforeStep: batchCapture(input, model, handler),
      async afterStep(position, isStopping) {
        if (isStopping) await progress.save(await stateAt(position));
        else await progress.saveWhenDue(() => stateAt(position));
      },
      async afterEpoch(epoch) {
        await handler.afterEpoch?.(epoch);
        // After the last epoch the stage writes its result.
        if (epoch + 1 < endEpoch) await progress.save(await stateAt({ epoch: epoch + 1, batch: 0 }));
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

/** Hands a batch to the handler, once for each suspicion that has suspects in it. */
function batchCapture(
  { subject, suspicions, schedule }: CaptureInput,
  model: Model,
  handler: CaptureHandler,
) {
  const suspected = suspicions.map(({ suspects }) => new Set(suspects));
  return async (batchIds: Int32Array, { epoch, batch }: Position): Promise<void> => {
    const stream = schedule.rng.fork(`capture/epoch-${epoch}/batch-${batch}`);
    const dropoutSeed = stream.fork("dropout").seed();
    const augmentation = epochAugmentation(subject.augmentation, schedule.rng, epoch);
    const read = (ids: Int32Array): LabelledBatch => ({
      ...batchTensors({ ...subject, set: subject.images }, ids, augmentation),
      sampleIds: ids,
    });
    for (const [suspicion, { name, reference }] of suspicions.entries()) {
      const suspects = batchIds.filter((id) => suspected[suspicion].has(id));
      if (suspects.length === 0) continue;
      const own = (name === "" ? stream : stream.fork(name)).fork("clean-groups");
      const groups = drawCleanGroups(batchIds, reference, suspects.length, own);
      await handler.capture({ model, epoch, suspicion, suspects, ...groups, read, dropoutSeed });
    }
  };
}

export const disposeBatch = ({ images, labels }: LabelledBatch): void => tf.dispose([images, labels]);

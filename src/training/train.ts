import { setImmediate } from "node:timers/promises";
import { type AugmentationKind, drawAugmentation } from "../datasets/augmentation.js";
import { readBatch, shuffledBatches } from "../datasets/batches.js";
import type { ImageSet, Normalization } from "../datasets/image-set.js";
import { pace } from "../engine/pace.js";
import { tf } from "../engine/tf.js";
import { RunError } from "../errors.js";
import type { Model } from "../nn/model.js";
import type { Rng } from "../random/rng.js";
import { type Reporter, silentReporter } from "../reporter.js";
import { trainStep } from "./gradients.js";
import type { Optimizer, OptimizerName } from "./optimizer.js";
import type { Position } from "./position.js";
import { cosineRate } from "./schedule.js";

/** What is trained on. */
export interface TrainingData {
  readonly set: ImageSet;
  /** int32, the rows of `set` to train on */
  readonly ids: Int32Array;
  readonly normalization: Normalization;
  readonly augmentation: AugmentationKind;
}

/** Learning rate of each 0-based epoch. */
interface Schedule {
  readonly optimizer: OptimizerName;
  readonly initialRate: number;
  /** Epochs of the first half period of the cosine; Adam's rate is constant. */
  readonly period: number;
  /** SGD: epochs from which the rate is a tenth of what it was, instead of the cosine. */
  readonly milestones?: readonly number[];
}

function rateOf({ optimizer, initialRate, period, milestones }: Schedule, epoch: number): number {
  if (optimizer !== "sgd") return initialRate;
  if (milestones) return initialRate * 0.1 ** milestones.filter((milestone) => epoch >= milestone).length;
  return cosineRate(initialRate, epoch, period);
}

export interface TrainingOptions {
  readonly batchSize: number;
  readonly schedule: Schedule;
  /** Where to begin; epochs count from 0 over the model's life. Default: the very start. */
  readonly start?: Position;
  /** The epoch after the last. */
  readonly endEpoch: number;
  /** false: batch norm keeps its running statistics, dropout is off. */
  readonly trainingMode: boolean;
  /** The stream of this training; shuffling and augmentation fork from it by epoch. */
  readonly rng: Rng;
  /** What the progress bar says. */
  readonly label: string;
  readonly reporter?: Reporter;
  readonly signal?: AbortSignal;
  /** Called with the weights as they are before the batch's update. */
  readonly beforeStep?: (batchIds: Int32Array, position: Position) => Promise<void>;
  /** Called after the update, with the position that is then reached, and when the training is stopped by `signal`. */
  readonly afterStep?: (position: Position, isStopping: boolean) => Promise<void>;
  readonly afterEpoch?: (epoch: number, meanLoss: number) => Promise<void>;
}

/** The batches of one epoch of a training with this stream. */
export const epochBatches = (ids: Int32Array, batchSize: number, rng: Rng, epoch: number): Int32Array[] =>
  shuffledBatches(ids, batchSize, rng.fork(`shuffle/epoch-${epoch}`));

export const epochAugmentation = (kind: AugmentationKind, rng: Rng, epoch: number) =>
  drawAugmentation(kind, rng.fork(`augment/epoch-${epoch}`));

/**
 * Trains with cross-entropy, shuffled every epoch, the last partial batch kept.
 * @throws RunError when the loss is no longer finite; the reason of `signal` when it aborts
 */
export async function train(
  model: Model,
  data: TrainingData,
  optimizer: Optimizer,
  options: TrainingOptions,
): Promise<void> {
  const { start = { epoch: 0, batch: 0 }, endEpoch, batchSize, rng, signal } = options;
  const perEpoch = Math.ceil(data.ids.length / batchSize);
  const steps = (endEpoch - start.epoch) * perEpoch - start.batch;
  const progress = (options.reporter ?? silentReporter).progress(options.label, steps);
  let done = 0;
  let note = "";
  try {
    for (let epoch = start.epoch; epoch < endEpoch; epoch++) {
      optimizer.learningRate = rateOf(options.schedule, epoch);
      const augmentation = epochAugmentation(data.augmentation, rng, epoch);
      const first = epoch === start.epoch ? start.batch : 0;
      const lossSum = new LossSum(first > 0 ? await start.lossSum?.() : undefined, first * batchSize);
      try {
        for (const [index, batchIds] of epochBatches(data.ids, batchSize, rng, epoch).entries()) {
          if (index < first) continue;
          // Lets signals and timers in; a step itself blocks the event loop.
          await setImmediate();
          await pace();
          const at = (batch: number): Position => ({ epoch, batch, lossSum: () => lossSum.read() });
          if (signal?.aborted) await options.afterStep?.(at(index), true);
          signal?.throwIfAborted();
          await options.beforeStep?.(batchIds, { epoch, batch: index });
          const { images, labels } = batchTensors(data, batchIds, augmentation);
          const dropoutSeed = rng.fork(`dropout/epoch-${epoch}/batch-${index}`).seed();
          const training = options.trainingMode;
          const loss = trainStep(model, images, labels, optimizer, { training, dropoutSeed });
          tf.dispose([images, labels]);
          lossSum.add(loss, batchIds.length);
          progress.update(++done, note);
          await options.afterStep?.(at(index + 1), false);
        }
        const meanLoss = await lossSum.mean();
        if (!Number.isFinite(meanLoss)) throw diverged(meanLoss, epoch, optimizer.learningRate);
        note = `epoch ${epoch + 1}, loss ${meanLoss.toFixed(4)}`;
        await options.afterEpoch?.(epoch, meanLoss);
      } finally {
        lossSum.dispose();
      }
    }
  } finally {
    progress.stop();
  }
}

/** One training batch on the device; the caller disposes it. */
export function batchTensors(
  data: Pick<TrainingData, "set" | "normalization">,
  ids: Int32Array,
  augmentation: ReturnType<typeof drawAugmentation>,
): { images: tf.Tensor4D; labels: tf.Tensor1D } {
  const { height, width, channels } = data.set.pixels;
  const batch = readBatch(data.set, ids, { normalization: data.normalization, augmentation });
  return {
    images: tf.tensor4d(batch.images, [ids.length, height, width, channels]),
    labels: tf.tensor1d(batch.labels, "int32"),
  };
}

/** Sums losses on the device, so that a step does not wait for one to be read. */
class LossSum {
  #sum: tf.Tensor | undefined;
  #count: number;

  /** @param sum of the first `count` samples, where a training goes on in the middle of an epoch */
  constructor(sum: number | undefined, count: number) {
    this.#sum = sum === undefined ? undefined : tf.scalar(sum);
    this.#count = sum === undefined ? 0 : count;
  }

  /** Takes over `meanLoss`, the mean over `count` samples. */
  add(meanLoss: tf.Scalar, count: number): void {
    const previous = this.#sum;
    this.#sum = tf.tidy(() => {
      const part = tf.mul(meanLoss, count);
      return previous ? tf.add(previous, part) : part;
    });
    this.#count += count;
    tf.dispose(previous ? [meanLoss, previous] : [meanLoss]);
  }

  async read(): Promise<number> {
    return this.#sum ? (await this.#sum.data())[0] : 0;
  }

  async mean(): Promise<number> {
    return this.#count > 0 ? (await this.read()) / this.#count : 0;
  }

  dispose(): void {
    this.#sum?.dispose();
    this.#sum = undefined;
  }
}

const diverged = (loss: number, epoch: number, rate: number): RunError =>
  new RunError(
    `Training diverged: the mean loss of epoch ${epoch + 1} is ${loss}.`,
    `The learning rate was ${rate}; try a smaller --lr. Earlier results are kept.`,
  );

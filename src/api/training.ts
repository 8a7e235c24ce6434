import type { AugmentationKind } from "../datasets/augmentation.js";
import type { ImageSet, Normalization } from "../datasets/image-set.js";
import type { Model } from "../nn/model.js";
import { createRng } from "../random/rng.js";
import { createOptimizer, type OptimizerName } from "../training/optimizer.js";
import { train as trainWith } from "../training/train.js";

export interface TrainOptions {
  readonly epochs: number;
  readonly batchSize: number;
  /** "sgd": momentum 0.9, Nesterov, weight decay 5e-4, cosine annealing; "adam": constant rate. */
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly normalization: Normalization;
  readonly augmentation?: AugmentationKind;
  /** false: batch norm keeps its running statistics; default true */
  readonly trainingMode?: boolean;
  readonly seed?: string | number;
  /** int32, the rows to train on; all by default */
  readonly ids?: Int32Array;
  readonly onEpoch?: (epoch: number, meanLoss: number) => Promise<void> | void;
  readonly signal?: AbortSignal;
}

/**
 * Trains a model in place with cross-entropy.
 * @throws RunError when the loss is no longer finite
 */
export async function train(model: Model, images: ImageSet, options: TrainOptions): Promise<void> {
  const {
    epochs,
    batchSize,
    learningRate,
    normalization,
    augmentation = "none",
    trainingMode = true,
  } = options;
  const ids = options.ids ?? Int32Array.from(images.labels.keys());
  const optimizer = createOptimizer(options.optimizer, learningRate);
  try {
    await trainWith(model, { set: images, ids, normalization, augmentation }, optimizer, {
      batchSize,
      schedule: { optimizer: options.optimizer, initialRate: learningRate, period: epochs },
      endEpoch: epochs,
      trainingMode,
      rng: createRng(options.seed ?? 0),
      label: "training",
      signal: options.signal,
      afterEpoch: async (epoch, meanLoss) => options.onEpoch?.(epoch, meanLoss),
    });
  } finally {
    optimizer.dispose();
  }
}

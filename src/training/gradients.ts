import { tf } from "../engine/tf.js";
import type { GateTape } from "../nn/gate-tape.js";
import type { GradientSink, Pass, Statistics } from "../nn/layer.js";
import { crossEntropy } from "../nn/loss.js";
import type { Model } from "../nn/model.js";
import type { StateEntry } from "../nn/state-entry.js";

export interface BatchGradients {
  /** float32 scalar, mean cross-entropy */
  readonly loss: tf.Scalar;
  readonly gradients: Map<StateEntry, tf.Tensor>;
  /** Batch statistics of each running buffer, in training mode. */
  readonly statistics: Map<StateEntry, tf.Tensor>;
}

/** How a training pass is made. */
type TrainingPass = Pick<Pass, "training" | "dropoutSeed" | "dropoutRows">;

/**
 * Gradient of the mean cross-entropy over one batch for every trainable parameter. The caller disposes all tensors.
 * @param images float32 [N, H, W, C], normalised; borrowed
 * @param labels int32 [N]; borrowed
 */
export function batchGradients(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  options: TrainingPass,
): BatchGradients {
  const statistics = new Map<StateEntry, tf.Tensor>();
  const gradients = new Map<StateEntry, tf.Tensor>();
  const sink = parameterSink(gradients);
  const pass: Pass = {
    ...options,
    statistics: "batch",
    record: true,
    wanted: sink.wants,
    onStatistics: (mean, variance, batch: Statistics) => {
      statistics.set(mean, batch.mean.clone());
      statistics.set(variance, batch.variance.clone());
    },
  };
  const recorded = model.forward(images, pass);
  const { loss, gradient } = crossEntropy(recorded.output as tf.Tensor2D, labels);
  recorded.backward(gradient, sink, false);
  gradient.dispose();
  recorded.dispose();
  return { loss, gradients, statistics };
}

/** Collects whole-batch gradients of all trainable parameters. */
function parameterSink(gradients: Map<StateEntry, tf.Tensor>): GradientSink {
  return {
    mode: "batch",
    wants: (entry) => entry.isTrained,
    elements: () => {
      throw new Error("A whole-batch gradient has no chosen elements.");
    },
    put: (entry, gradient) => void gradients.set(entry, gradient),
  };
}

interface ImageGradient {
  /** float32 scalar, mean cross-entropy */
  readonly loss: tf.Scalar;
  /** float32 [N, H, W, C] */
  readonly gradient: tf.Tensor4D;
}

/**
 * Mean cross-entropy and its gradient with respect to the images. The caller disposes both.
 * @param images float32 [N, H, W, C], normalised; borrowed
 * @param labels int32 [N]; borrowed
 */
export function lossAndImageGradient(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  options: Pick<Pass, "training" | "gates">,
): ImageGradient {
  const recorded = model.forward(images, { ...options, statistics: "batch", record: true });
  const { loss, gradient } = crossEntropy(recorded.output as tf.Tensor2D, labels);
  const nothing: GradientSink = { ...parameterSink(new Map()), wants: () => false };
  const dx = recorded.backward(gradient, nothing, true);
  gradient.dispose();
  recorded.dispose();
  if (!dx) throw new Error("The network gave no input gradient.");
  return { loss, gradient: dx as tf.Tensor4D };
}

/**
 * Gradient of the mean cross-entropy with respect to the images, in evaluation mode.
 * @param gates records, or fixes, which units are open
 * @returns float32 [N, H, W, C], owned by the caller
 */
export function imageGradient(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  gates?: GateTape,
): tf.Tensor4D {
  const { loss, gradient } = lossAndImageGradient(model, images, labels, { training: false, gates });
  loss.dispose();
  return gradient;
}

/** One optimizer step on one batch; returns the mean loss (owned by the caller). */
export function trainStep(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  optimizer: { step(gradients: ReadonlyMap<StateEntry, tf.Tensor>): void },
  options: TrainingPass,
): tf.Scalar {
  const { loss, gradients, statistics } = batchGradients(model, images, labels, options);
  optimizer.step(gradients);
  model.updateRunning(statistics);
  if (options.training) model.countBatch();
  tf.dispose([...gradients.values(), ...statistics.values()]);
  return loss;
}

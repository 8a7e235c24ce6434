import { setImmediate } from "node:timers/promises";
import { type PgdOptions, perturb } from "../attacks/label-consistent/projected-gradient-descent.js";
import { tf } from "../engine/tf.js";
import { toPytorchLayout } from "../nn/layout.js";
import type { Model } from "../nn/model.js";
import { batchGradients } from "../training/gradients.js";
import { type ImageArray, imageTensor, labelTensor, type NumericArray, takeArray } from "./arrays.js";

/**
 * Logits in evaluation mode.
 * @param images normalised
 * @returns float32 [N, numClasses]
 */
export async function predict(model: Model, images: ImageArray): Promise<NumericArray> {
  const x = imageTensor(images);
  try {
    return await takeArray(model.predict(x));
  } finally {
    x.dispose();
  }
}

export interface LossAndGradients {
  /** Mean cross-entropy. */
  readonly loss: number;
  /** By parameter name, in PyTorch's layout. */
  readonly gradients: Map<string, NumericArray>;
}

/**
 * Mean cross-entropy over one batch and its gradient for every trainable parameter; changes nothing in the model.
 * @param images normalised
 */
export async function lossAndGradients(
  model: Model,
  images: ImageArray,
  labels: ArrayLike<number>,
  options: { trainingMode: boolean },
): Promise<LossAndGradients> {
  const x = imageTensor(images);
  const y = labelTensor(labels, images, model);
  const result = batchGradients(model, x, y, { training: options.trainingMode });
  try {
    const gradients = new Map<string, NumericArray>();
    for (const [entry, gradient] of result.gradients) {
      const data = toPytorchLayout(entry.shape, await gradient.data());
      gradients.set(entry.name, { shape: entry.shape, data });
    }
    return { loss: (await result.loss.data())[0], gradients };
  } finally {
    tf.dispose([x, y, result.loss, ...result.gradients.values(), ...result.statistics.values()]);
  }
}

/**
 * Untargeted PGD, see `perturb`.
 * @param images float32 [N, H, W, C] in [0, 1]
 * @returns float32 [N, H, W, C] in [0, 1]
 */
export async function projectedGradientDescent(
  model: Model,
  images: ImageArray,
  labels: ArrayLike<number>,
  options: PgdOptions,
): Promise<NumericArray> {
  const x = imageTensor(images);
  const y = labelTensor(labels, images, model);
  try {
    // WebGPU frees what a step used only when the event loop turns.
    return await takeArray(await perturb(model, x, y, options, { onStep: () => setImmediate() }));
  } finally {
    tf.dispose([x, y]);
  }
}

import { tf } from "../engine/tf.js";
import type { Model } from "../nn/model.js";

/** A dense float32 array, C order. */
export interface NumericArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Images as the network takes them: float32 [N, H, W, C], normalised unless a function says [0, 1]. */
export type ImageArray = NumericArray;

/** @throws Error for another number of axes, or a value that is not finite: some engines would lose it on the way */
export function imageTensor(images: ImageArray): tf.Tensor4D {
  if (images.shape.length !== 4) throw new Error(`Images are [N, H, W, C], not [${images.shape}].`);
  const wrong = images.data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new Error(`Images are finite numbers, value ${wrong} is ${images.data[wrong]}.`);
  return tf.tensor4d(images.data, images.shape as [number, number, number, number]);
}

/**
 * int32 [N], an image each.
 * @throws Error for another number of labels, or one that is no class of the model's: int32 would make another of it
 */
export function labelTensor(
  labels: ArrayLike<number>,
  { shape: [numImages] }: ImageArray,
  { numClasses }: Model,
): tf.Tensor1D {
  if (labels.length !== numImages) throw new Error(`${labels.length} labels for ${numImages} images.`);
  const isClass = (label: number) => Number.isInteger(label) && label >= 0 && label < numClasses;
  const wrong = Array.from(labels).findIndex((label) => !isClass(label));
  if (wrong >= 0)
    throw new Error(
      `Labels are whole numbers from 0 to ${numClasses - 1}, label ${wrong} is ${labels[wrong]}.`,
    );
  return tf.tensor1d(Int32Array.from(labels), "int32");
}

/** Reads a tensor and disposes it. */
export async function takeArray(tensor: tf.Tensor): Promise<NumericArray> {
  const data = Float32Array.from(await tensor.data());
  const shape = [...tensor.shape];
  tensor.dispose();
  return { shape, data };
}

import type { ImageSize } from "../../datasets/pixels.js";
import { resizeMatrix } from "../../datasets/resize.js";
import { tf } from "../../engine/tf.js";

/** A bilinear resize of float images that a gradient can be taken through. */
export interface TensorResize {
  /** float32 [N, H, W, C], borrowed -> [N, toHeight, toWidth, C], owned by the caller */
  readonly apply: (images: tf.Tensor4D) => tf.Tensor4D;
  /** From the gradient at the resized images to the one at the images: both borrowed and owned like those. */
  readonly pullBack: (gradient: tf.Tensor4D) => tf.Tensor4D;
  readonly dispose: () => void;
}

/** The 8-bit resize of these sizes rounds each axis to whole levels; this one does not. */
export function tensorResize(from: ImageSize, to: ImageSize): TensorResize {
  const rows = tf.tensor2d(resizeMatrix(from.height, to.height), [to.height, from.height]);
  const columns = tf.tensor2d(resizeMatrix(from.width, to.width), [to.width, from.width]);
  return {
    apply: (images) => tf.tidy(() => alongRows(alongColumns(images, columns), rows)),
    pullBack: (gradient) => tf.tidy(() => alongColumns(alongRows(gradient, rows, true), columns, true)),
    dispose: () => tf.dispose([rows, columns]),
  };
}

/** Multiplies every column of pixels by a matrix, or its transpose: [N, H, W, C] -> [N, H', W, C]. */
function alongRows(images: tf.Tensor4D, matrix: tf.Tensor2D, transposed = false): tf.Tensor4D {
  const [count, height, width, channels] = images.shape;
  const stacked = tf.reshape(images, [count, height, width * channels]);
  const product = tf.matMul(tf.expandDims(matrix, 0), stacked, transposed);
  return tf.reshape(product, [count, -1, width, channels]);
}

/** The same for every line of pixels: [N, H, W, C] -> [N, H, W', C]. */
function alongColumns(images: tf.Tensor4D, matrix: tf.Tensor2D, transposed = false): tf.Tensor4D {
  const [count, height, width, channels] = images.shape;
  const lines = tf.reshape(images, [count * height, width, channels]);
  const product = tf.matMul(tf.expandDims(matrix, 0), lines, transposed);
  return tf.reshape(product, [count, height, -1, channels]);
}

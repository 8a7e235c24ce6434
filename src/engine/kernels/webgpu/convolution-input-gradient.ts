import type { tf } from "../../tf.js";
import type { ConvolutionGeometry } from "../kernels.js";
import { convolutionInputGradientWgsl } from "./convolution-input-gradient.wgsl.js";
import { dispatch } from "./shader.js";
import { gradientStorage, storageOf } from "./storage.js";
import { groupsOf, tileFor } from "./tiles.js";

export function convolutionInputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  inputShape: readonly [number, number, number, number],
  { stride, pad }: ConvolutionGeometry,
): tf.Tensor4D {
  const [n, height, width, inputs] = inputShape;
  const [, outHeight, outWidth, outputs] = dy.shape;
  const phases = stride ** 2;
  const rows = n * Math.ceil(height / stride) * Math.ceil(width / stride);
  const tile = tileFor(rows, inputs, phases);
  const constants = {
    ...tile,
    A_ALONG_DEPTH: 1,
    B_ALONG_DEPTH: 1,
    ...{ HEIGHT: height, WIDTH: width, INPUTS: inputs, OUTPUTS: outputs },
    ...{ OUT_HEIGHT: outHeight, OUT_WIDTH: outWidth, KERNEL: filter.shape[0], STRIDE: stride, PAD: pad },
  };
  const storages = [storageOf(dy), "float32", gradientStorage(dy, inputShape)] as const;
  const [dx] = dispatch(
    {
      label: "convolution input gradient",
      wgsl: convolutionInputGradientWgsl(storages),
      constants,
      storages,
    },
    {
      inputs: [dy, filter],
      outputs: [inputShape],
      workgroups: [...groupsOf(tile, rows, inputs), phases],
    },
  );
  return dx as tf.Tensor4D;
}

import type { tf } from "../../tf.js";
import type { ConvolutionGeometry } from "../kernels.js";
import { convolutionWgsl } from "./convolution.wgsl.js";
import { dispatch } from "./shader.js";
import { activationStorage, storageOf } from "./storage.js";
import { groupsOf, tileFor } from "./tiles.js";

export function convolution(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { stride, pad }: ConvolutionGeometry,
  compact = false,
): tf.Tensor4D {
  const [n, height, width, inputs] = x.shape;
  const [kernel, , , outputs] = filter.shape;
  const [outHeight, outWidth] = [height, width].map(
    (size) => Math.floor((size + 2 * pad - kernel) / stride) + 1,
  );
  const rows = n * outHeight * outWidth;
  const tile = tileFor(rows, outputs);
  const constants = {
    ...tile,
    A_ALONG_DEPTH: 1,
    B_ALONG_DEPTH: 0,
    ...{ HEIGHT: height, WIDTH: width, INPUTS: inputs, OUTPUTS: outputs },
    ...{ OUT_HEIGHT: outHeight, OUT_WIDTH: outWidth, KERNEL: kernel, STRIDE: stride, PAD: pad },
  };
  const outputShape = [n, outHeight, outWidth, outputs];
  const ofOutput = compact ? activationStorage(outputShape) : "float32";
  const storages = [storageOf(x), "float32", ofOutput] as const;
  const [y] = dispatch(
    { label: "convolution", wgsl: convolutionWgsl(storages), constants, storages },
    {
      inputs: [x, filter],
      outputs: [outputShape],
      workgroups: groupsOf(tile, rows, outputs),
    },
  );
  return y as tf.Tensor4D;
}

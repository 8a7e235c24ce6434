import type { tf } from "../../tf.js";
import type { ConvolutionGeometry } from "../kernels.js";
import { convolutionFilterGradientWgsl } from "./convolution-filter-gradient.wgsl.js";
import { dispatch } from "./shader.js";
import { storageOf } from "./storage.js";
import { sumParts } from "./sum-parts.js";
import { groupsOf, partsFor, tileFor } from "./tiles.js";

export function convolutionFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: readonly [number, number, number, number],
  { stride, pad }: ConvolutionGeometry,
): tf.Tensor4D {
  const [, height, width] = x.shape;
  const [n, outHeight, outWidth] = dy.shape;
  const [kernel, , inputs, outputs] = filterShape;
  const rows = kernel ** 2 * inputs;
  const parts = partsFor(rows, outputs, n * outHeight * outWidth);
  const tile = tileFor(rows, outputs, parts);
  const constants = {
    ...tile,
    A_ALONG_DEPTH: 0,
    B_ALONG_DEPTH: 0,
    ...{ HEIGHT: height, WIDTH: width, INPUTS: inputs, OUTPUTS: outputs },
    ...{ OUT_HEIGHT: outHeight, OUT_WIDTH: outWidth, KERNEL: kernel, STRIDE: stride, PAD: pad },
  };
  const storages = [storageOf(x), storageOf(dy)] as const;
  const wgsl = convolutionFilterGradientWgsl(storages);
  const [sums] = dispatch(
    { label: "convolution filter gradient", wgsl, constants, storages },
    {
      inputs: [x, dy],
      outputs: [parts === 1 ? filterShape : [parts, ...filterShape]],
      workgroups: [...groupsOf(tile, rows, outputs), parts],
    },
  );
  return (parts === 1 ? sums : sumParts(sums, filterShape)) as tf.Tensor4D;
}

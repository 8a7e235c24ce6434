import { tf } from "../../tf.js";
import type { ConvolutionGeometry } from "../kernels.js";
import { sampleFilterGradientWgsl } from "./sample-filter-gradient.wgsl.js";
import { dispatch } from "./shader.js";
import { storageOf } from "./storage.js";

const threads = 64;
/** Positions that a thread adds up, where there are as many. */
const each = 8;

/** Of a filter's elements, one in so many: for more, a product of all costs less than looking each up. */
const worthALook = 16;

/** Whether so few elements are wanted that each is best computed by itself. */
const isFew = (elements: Int32Array, filterShape: readonly number[]): boolean =>
  elements.length * worthALook <= filterShape.reduce((a, b) => a * b, 1);

/**
 * Each sample's filter gradient at chosen elements.
 * @param elements indices into the flattened [kh, kw, Cin, Cout] filter
 * @returns float32 [N, elements.length]; undefined where they are not few
 */
export function sampleFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: readonly [number, number, number, number],
  { stride, pad }: ConvolutionGeometry,
  elements: Int32Array,
): tf.Tensor2D | undefined {
  if (!isFew(elements, filterShape)) return undefined;
  const [n, height, width, inputs] = x.shape;
  const [, outHeight, outWidth, outputs] = dy.shape;
  const lanes = lanesFor(outHeight * outWidth);
  const constants = {
    ...{ LANES: lanes, ELEMENTS: threads / lanes },
    ...{ HEIGHT: height, WIDTH: width, INPUTS: inputs, OUTPUTS: outputs },
    ...{ OUT_HEIGHT: outHeight, OUT_WIDTH: outWidth, KERNEL: filterShape[1], STRIDE: stride, PAD: pad },
  };
  const wanted = tf.tensor1d(elements, "int32");
  const storages = [storageOf(x), storageOf(dy)] as const;
  const [rows] = dispatch(
    { label: "sample filter gradient", wgsl: sampleFilterGradientWgsl(storages), constants, storages },
    {
      inputs: [x, dy, wanted],
      outputs: [[n, elements.length]],
      workgroups: [n, Math.ceil((elements.length * lanes) / threads)],
    },
  );
  wanted.dispose();
  return rows as tf.Tensor2D;
}

/** Threads that share an element: a power of two. */
function lanesFor(positions: number): number {
  let lanes = 1;
  while (lanes < threads && lanes * each < positions) lanes *= 2;
  return lanes;
}

import { tf } from "../tf.js";
import { composedKernels } from "./composed-kernels.js";
import type { ConvolutionGeometry, Kernels, Lattice } from "./kernels.js";

/**
 * Where tfjs's WebGPU has a shader of its own, that; elsewhere what suits every backend. The filter gradient is neither:
 * tfjs's shader reads both images anew for every weight, and written as a convolution it leaves most of a tile idle.
 */
export const webgpuKernels: Kernels = {
  ...composedKernels,
  pick,
  convolutionInputGradient: (dy, filter, inputShape, { stride, pad }) => {
    // The tiled shader multiplies with the zeros between strides, the plain one leaves them out.
    tf.env().set("WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE", stride > 1);
    const attributes = { strides: [stride, stride], pad, dataFormat: "NHWC", inputShape: [...inputShape] };
    return tf.engine().runKernel("Conv2DBackpropInput", { dy, filter }, attributes) as tf.Tensor4D;
  },
  convolutionFilterGradient: (x, dy, filterShape, geometry) =>
    tf.tidy(() => filterGradient(x, dy, filterShape, geometry)),
};

function pick(x: tf.Tensor4D, { row, column, height, width, stride }: Lattice): tf.Tensor4D {
  const [n, , , channels] = x.shape;
  if (stride === 1) return tf.slice(x, [0, row, column, 0], [n, height, width, channels]);
  const end = [n, row + (height - 1) * stride + 1, column + (width - 1) * stride + 1, channels];
  return tf.stridedSlice(x, [0, row, column, 0], end, [1, stride, stride, 1]) as tf.Tensor4D;
}

/** Row by row of the filter: what its taps see of each image, times that image's dy; the images are added last. */
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: readonly [number, number, number, number],
  { stride, pad }: ConvolutionGeometry,
): tf.Tensor4D {
  const [kernel, , inputs, outputs] = filterShape;
  const [n, height, width] = dy.shape;
  const border: [number, number] = [pad, pad];
  const padded = pad === 0 ? x : tf.pad(x, [[0, 0], border, border, [0, 0]]);
  const errors = tf.reshape(dy, [n, height * width, outputs]);
  const rows = Array.from({ length: kernel }, (_, row) => {
    const taps = Array.from({ length: kernel }, (_, column) =>
      pick(padded, { row, column, height, width, stride }),
    );
    const seen = tf.reshape(tf.concat(taps, 3), [n, height * width, kernel * inputs]);
    return tf.sum(tf.matMul(seen, errors, true, false), 0);
  });
  return tf.reshape(tf.stack(rows), [kernel, kernel, inputs, outputs]);
}

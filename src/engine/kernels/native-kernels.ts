import { tf } from "../tf.js";
import { composedFusions } from "./composed-fusions.js";
import { foldedBatchNorm } from "./folded-batch-norm.js";
import { batchNormEpsilon, type ConvolutionGeometry, type Kernels, type PoolGeometry } from "./kernels.js";

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** The part of tfjs-node's backend that calls a TensorFlow operation by its name. */
interface NativeBackend {
  readonly binding: Record<
    "TF_ATTR_TYPE" | "TF_ATTR_INT" | "TF_ATTR_STRING" | "TF_ATTR_FLOAT" | "TF_ATTR_BOOL" | "TF_FLOAT",
    number
  >;
  executeSingleOutput(name: string, attributes: Attribute[], inputs: tf.Tensor[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: Attribute[],
    inputs: tf.Tensor[],
    count: number,
  ): tf.Tensor[];
}

/**
 * TensorFlow's own fused gradient operations, called directly: tfjs composes the gradients of batch norm and relu
 * from elementwise operations, which doubles the time of a training step, and refuses symmetric padding.
 */
export function createNativeKernels(): Kernels {
  const backend = tf.backend() as unknown as NativeBackend;
  const { binding } = backend;
  const float = (name: string): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT });
  const string = (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value });
  const ints = (name: string, value: number[]): Attribute => ({ name, type: binding.TF_ATTR_INT, value });

  const convolutionAttributes = (kernel: number, { stride, pad }: ConvolutionGeometry): Attribute[] => {
    const attributes = [
      float("T"),
      ints("strides", [1, stride, stride, 1]),
      ints("dilations", [1, 1, 1, 1]),
      string("data_format", "NHWC"),
    ];
    // "EXPLICIT" costs the gradients an extra copy, so it is only for what the two named paddings cannot say.
    if (pad === 0) return [...attributes, string("padding", "VALID")];
    if (isSamePadding(kernel, { stride, pad })) return [...attributes, string("padding", "SAME")];
    const padding = ints("explicit_paddings", [0, 0, pad, pad, pad, pad, 0, 0]);
    return [...attributes, string("padding", "EXPLICIT"), padding];
  };

  const poolAttributes = ({ kernel, stride }: PoolGeometry): Attribute[] => [
    float("T"),
    ints("ksize", [1, kernel, kernel, 1]),
    ints("strides", [1, stride, stride, 1]),
    string("padding", "VALID"),
    string("data_format", "NHWC"),
  ];

  const batchNormAttributes = [
    float("T"),
    float("U"),
    { name: "epsilon", type: binding.TF_ATTR_FLOAT, value: batchNormEpsilon },
    { name: "is_training", type: binding.TF_ATTR_BOOL, value: true },
    string("data_format", "NHWC"),
  ];

  const inputGradient = (
    dy: tf.Tensor4D,
    filter: tf.Tensor4D,
    inputShape: readonly number[],
    geometry: ConvolutionGeometry,
  ): tf.Tensor4D => {
    const sizes = tf.tensor1d([...inputShape], "int32");
    const attributes = convolutionAttributes(filter.shape[0], geometry);
    const dx = backend.executeSingleOutput("Conv2DBackpropInput", attributes, [sizes, filter, dy]);
    sizes.dispose();
    return dx as tf.Tensor4D;
  };

  const batchNorms: Pick<Kernels, "batchNorm" | "batchNormGradient"> = {
    batchNorm(x, scale, offset) {
      const none = tf.tensor1d([], "float32");
      const inputs = [x, scale, offset, none, none];
      const [output, mean, variance, ...saved] = backend.executeMultipleOutputs(
        "FusedBatchNormV3",
        batchNormAttributes,
        inputs,
        6,
      );
      none.dispose();
      return {
        output: output as tf.Tensor4D,
        mean: mean as tf.Tensor1D,
        variance: variance as tf.Tensor1D,
        saved,
      };
    },

    batchNormGradient(dy, x, scale, saved) {
      const inputs = [dy, x, scale, ...saved];
      const [input, dScale, dOffset, ...rest] = backend.executeMultipleOutputs(
        "FusedBatchNormGradV3",
        batchNormAttributes,
        inputs,
        5,
      );
      for (const tensor of rest) tensor.dispose();
      return { input: input as tf.Tensor4D, scale: dScale as tf.Tensor1D, offset: dOffset as tf.Tensor1D };
    },
  };

  return {
    ...composedFusions,
    ...batchNorms,
    ...foldedBatchNorm(batchNorms),
    fastFilterGradient: true,

    convolution: (x, filter, geometry) =>
      backend.executeSingleOutput("Conv2D", convolutionAttributes(filter.shape[0], geometry), [
        x,
        filter,
      ]) as tf.Tensor4D,

    convolutionInputGradient(dy, filter, inputShape, geometry) {
      const { stride, pad } = geometry;
      const filterSide = filter.shape[0];
      if (pad > 0 && !isSamePadding(filterSide, geometry)) {
        // "EXPLICIT" takes two to three times as long as a gradient without padding of which a part is kept.
        const [n, height, width, channels] = inputShape;
        const reach = (size: number, outputs: number) =>
          Math.max(pad + size, (outputs - 1) * stride + filterSide);
        const reached = [n, reach(height, dy.shape[1]), reach(width, dy.shape[2]), channels] as const;
        const whole = inputGradient(dy, filter, reached, { stride, pad: 0 });
        const dx = tf.slice(whole, [0, pad, pad, 0], [n, height, width, channels]);
        whole.dispose();
        return dx;
      }
      return inputGradient(dy, filter, inputShape, geometry);
    },

    convolutionFilterGradient(x, dy, filterShape, geometry) {
      if (filterShape[0] === 1 && geometry.pad === 0) return pointwiseFilterGradient(x, dy, geometry.stride);
      const sizes = tf.tensor1d([...filterShape], "int32");
      const attributes = convolutionAttributes(filterShape[0], geometry);
      const dFilter = backend.executeSingleOutput("Conv2DBackpropFilter", attributes, [x, sizes, dy]);
      sizes.dispose();
      return dFilter as tf.Tensor4D;
    },

    reluGradient: (dy, y) => backend.executeSingleOutput("ReluGrad", [float("T")], [dy, y]),

    pick(x, { row, column, height, width, stride }) {
      const [n, , , channels] = x.shape;
      const end = [n, row + (height - 1) * stride + 1, column + (width - 1) * stride + 1, channels];
      return tf.stridedSlice(x, [0, row, column, 0], end, [1, stride, stride, 1]) as tf.Tensor4D;
    },

    maxPool: (x, geometry) =>
      backend.executeSingleOutput("MaxPool", poolAttributes(geometry), [x]) as tf.Tensor4D,

    maxPoolGradient: (dy, x, y, geometry) =>
      backend.executeSingleOutput("MaxPoolGrad", poolAttributes(geometry), [x, y, dy]) as tf.Tensor4D,

    maxPoolGather: (other, x, y, geometry) =>
      backend.executeSingleOutput("MaxPoolGradGrad", poolAttributes(geometry), [x, y, other]) as tf.Tensor4D,
  };
}

/** Whether TensorFlow's "SAME" means this padding: a strided one it pads on one side only. */
const isSamePadding = (kernel: number, { stride, pad }: ConvolutionGeometry): boolean =>
  stride === 1 && 2 * pad === kernel - 1;

/**
 * The filter gradient of a 1x1 convolution as a matrix product: oneDNN's (TensorFlow 2.21) writes outside its buffer
 * when the stride is 2 and the batch is odd.
 */
function pointwiseFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, stride: number): tf.Tensor4D {
  const inputs = x.shape[3];
  const outputs = dy.shape[3];
  return tf.tidy(() => {
    const seen = stride === 1 ? x : tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, stride, stride, 1]);
    const product = tf.matMul(tf.reshape(seen, [-1, inputs]), tf.reshape(dy, [-1, outputs]), true, false);
    return tf.reshape(product, [1, 1, inputs, outputs]);
  });
}

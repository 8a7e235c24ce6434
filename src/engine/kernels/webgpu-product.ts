import { tf } from "../tf.js";
import { product } from "./webgpu/product.js";

/** Every matrix product of tfjs, which cuts long sums among workgroups that add in no fixed order, is made by our shader. */
export function registerProduct(): void {
  const kernel = tf.getKernel("BatchMatMul", "webgpu");
  const multiply: typeof kernel.kernelFunc = (args) => {
    const { a, b } = args.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = args.attrs as { transposeA: boolean; transposeB: boolean };
    const [heightA, widthA] = a.shape.slice(-2);
    const [heightB, widthB] = b.shape.slice(-2);
    const [rows, depth] = transposeA ? [widthA, heightA] : [heightA, widthA];
    const columns = transposeB ? heightB : widthB;
    const stacks = [a, b].map(({ shape }) => shape.slice(0, -2));
    const [ofA, ofB] = stacks.map((stack) => tf.util.sizeFromShape(stack));
    const sameDepth = depth === (transposeB ? widthB : heightB);
    const isFloat = a.dtype === "float32" && b.dtype === "float32";
    // What is wrong, tfjs says.
    if (!sameDepth || !isFloat) return kernel.kernelFunc(args);
    const outputShape = [...(ofA >= ofB ? stacks[0] : stacks[1]), rows, columns];
    const shape = {
      ...{ rows, columns, depth },
      matrices: [ofA, ofB] as const,
      transposed: [transposeA, transposeB] as const,
    };
    return product(a, b, shape, outputShape) ?? kernel.kernelFunc(args);
  };
  tf.unregisterKernel("BatchMatMul", "webgpu");
  tf.registerKernel({ ...kernel, kernelFunc: multiply });
}

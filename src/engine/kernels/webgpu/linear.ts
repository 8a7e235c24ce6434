import { tf } from "../../tf.js";
import type { TokenKernels } from "../token-kernels.js";
import { product } from "./product.js";

/** One product, which adds the bias as it stores. */
export const linear: TokenKernels["linear"] = (x, matrix, bias) => {
  const [depth, columns] = matrix.shape;
  const outputShape = [...x.shape.slice(0, -1), columns];
  const rows = x.size / depth;
  const shape = { rows, columns, depth, matrices: [1, 1], transposed: [false, false] } as const;
  const info = product(x, matrix, shape, outputShape, bias);
  if (info !== undefined) return tf.engine().makeTensorFromTensorInfo(info);
  return tf.tidy(() =>
    tf.reshape(tf.add(tf.matMul(tf.reshape(x, [rows, depth]), matrix), bias), outputShape),
  );
};

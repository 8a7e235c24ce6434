import { tf } from "../../tf.js";
import type { TokenKernels } from "../token-kernels.js";
import { type ProductShape, product } from "./product.js";

/** Heads lie side by side in their vectors, whence products read and write them: nothing is moved before or after. */
const besideEachOther = (tokens: number, width: number, heads: number) => ({
  stride: width,
  outer: tokens * width,
  inner: width / heads,
});

/** One matrix of weights a head, one after the other. */
const ofWeights = (tokens: number, heads: number) => ({
  stride: tokens,
  outer: heads * tokens ** 2,
  inner: tokens ** 2,
});

export const headScores: TokenKernels["headScores"] = (a, b, heads) => {
  const [n, tokens, width] = a.shape;
  const vectors = besideEachOther(tokens, width, heads);
  const shape = {
    ...{ rows: tokens, columns: tokens, depth: width / heads },
    matrices: [n * heads, n * heads],
    transposed: [false, true],
    places: { inner: heads, a: vectors, b: vectors, c: ofWeights(tokens, heads) },
  } as const;
  return made(a, b, shape, [n, heads, tokens, tokens]);
};

export const headSums: TokenKernels["headSums"] = (weights, vectors, transposed) => {
  const [n, tokens, width] = vectors.shape;
  const heads = weights.shape[1] ?? 1;
  const place = besideEachOther(tokens, width, heads);
  const shape = {
    ...{ rows: tokens, columns: width / heads, depth: tokens },
    matrices: [n * heads, n * heads],
    transposed: [transposed, false],
    places: { inner: heads, a: ofWeights(tokens, heads), b: place, c: place },
  } as const;
  return made(weights, vectors, shape, [n, tokens, width]);
};

function made(a: tf.Tensor, b: tf.Tensor, shape: ProductShape, outputShape: readonly number[]): tf.Tensor {
  const info = product(a, b, shape, outputShape);
  if (info === undefined) throw new Error(`No product of ${shape.matrices[0]} pairs of matrices.`);
  return tf.engine().makeTensorFromTensorInfo(info);
}

import { tf } from "../../src/engine/tf.js";

/** float32, normal noise, the same for the same seed. */
export const noise = (shape: [number, number, number, number], seed: number): tf.Tensor4D =>
  tf.randomNormal(shape, 0, 1, "float32", seed);

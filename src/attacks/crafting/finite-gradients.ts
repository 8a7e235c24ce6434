import { tf } from "../../engine/tf.js";

/**
 * 0, or NaN when a value is not finite, whatever the engine: to be looked at where values that go on may lose it (the sign of
 * a NaN is 0 on some engines, and so is one that was clipped).
 * @param values float32, any shape; borrowed
 * @returns float32 scalar, owned by the caller
 */
export const finiteMark = (values: tf.Tensor): tf.Scalar =>
  tf.tidy(() => tf.sum<tf.Scalar>(tf.mul(values, 0)));

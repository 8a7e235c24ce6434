import type { tf } from "../../tf.js";
import { elementwise } from "./elementwise.js";

const gradientWgsl = /* wgsl */ `
fn result(dy: f32, y: f32) -> array<f32, RESULTS> {
  return array(select(0, dy, y > 0));
}
`;

/** dy where y > 0, else 0. */
export function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const operation = { label: "relu gradient", wgsl: gradientWgsl, inputs: 2, results: 1 };
  return elementwise(operation, [[dy, y]])[0][0];
}

const sumWgsl = /* wgsl */ `
fn result(a: f32, b: f32) -> array<f32, RESULTS> {
  return array(max(a + b, 0));
}
`;

/** max(a + b, 0), of one shape. */
export function reluOfSum(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return elementwise({ label: "relu of sum", wgsl: sumWgsl, inputs: 2, results: 1 }, [[a, b]])[0][0];
}

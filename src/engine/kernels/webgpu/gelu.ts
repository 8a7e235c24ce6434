import type { tf } from "../../tf.js";
import { elementwise } from "./elementwise.js";

/** Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: within 1.5e-7. */
const distribution = /* wgsl */ `
fn erf(x: f32) -> f32 {
  let t = 1 / (1 + 0.3275911 * abs(x));
  let series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sign(x) * (1 - series * exp(-x * x));
}

fn probabilityOf(x: f32) -> f32 {
  return 0.5 * (1 + erf(x * ${Math.SQRT1_2}));
}
`;

const wgsl = /* wgsl */ `${distribution}
fn result(x: f32) -> array<f32, RESULTS> {
  return array(x * probabilityOf(x));
}
`;

const gradientWgsl = /* wgsl */ `${distribution}
fn result(dy: f32, x: f32) -> array<f32, RESULTS> {
  let density = exp(-0.5 * x * x) * ${1 / Math.sqrt(2 * Math.PI)};
  return array(dy * (probabilityOf(x) + x * density));
}
`;

export const gelu = (x: tf.Tensor): tf.Tensor =>
  elementwise({ label: "gelu", wgsl, inputs: 1, results: 1 }, [[x]])[0][0];

export const geluGradient = (dy: tf.Tensor, x: tf.Tensor): tf.Tensor =>
  elementwise({ label: "gelu gradient", wgsl: gradientWgsl, inputs: 2, results: 1 }, [[dy, x]])[0][0];

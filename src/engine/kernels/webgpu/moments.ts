import { tf } from "../../tf.js";
import type { Kernels } from "../kernels.js";
import { elementwise } from "./elementwise.js";

const wgsl = /* wgsl */ `
struct Settings {
  beta1: f32,
  beta2: f32,
  /** One less each, which float32 has not to the same digits. */
  share1: f32,
  share2: f32,
  factor: f32,
  correction: f32,
  divisor: f32,
  /** Below 0: the step is not scaled. */
  epsilon: f32,
}

fn result(value: f32, gradient: f32, previous1: f32, previous2: f32) -> array<f32, RESULTS> {
  let first = previous1 * settings.beta1 + gradient * settings.share1;
  let second = previous2 * settings.beta2 + gradient * gradient * settings.share2;
  let step = first * settings.factor;
  let scaled = step * settings.correction / (sqrt(second) / settings.divisor + settings.epsilon);
  return array(value - select(scaled, step, settings.epsilon < 0), first, second);
}
`;

/** One pass over each parameter; changes the moments in place. */
export const moments: Kernels["moments"] = (parameters, { beta1, beta2, factor, scaled }) => {
  const kept = parameters.map(({ value, moments }) => {
    return moments ?? { first: tf.zeros(value.shape), second: tf.zeros(value.shape) };
  });
  const items = parameters.map(({ value, gradient }, k) => [value, gradient, kept[k].first, kept[k].second]);
  const { correction, divisor, epsilon } = scaled ?? { correction: 1, divisor: 1, epsilon: -1 };
  const settings = [beta1, beta2, 1 - beta1, 1 - beta2, factor, correction, divisor, epsilon];
  const operation = { label: "moments", wgsl, inputs: 2, updates: 2, results: 1 };
  return elementwise(operation, items, settings).map(([value], k) => ({ value, moments: kept[k] }));
};

import { tf } from "../../tf.js";
import type { Kernels } from "../kernels.js";
import { elementwise } from "./elementwise.js";

const wgsl = /* wgsl */ `
struct Settings {
  learningRate: f32,
  momentum: f32,
  weightDecay: f32,
  nesterov: f32,
}

fn result(value: f32, gradient: f32, previous: f32) -> array<f32, RESULTS> {
  let decayed = gradient + value * settings.weightDecay;
  let velocity = previous * settings.momentum + decayed;
  let direction = select(velocity, decayed + velocity * settings.momentum, settings.nesterov > 0);
  return array(value - direction * settings.learningRate, velocity);
}
`;

/** One pass over each parameter; changes the velocities in place. */
export const sgd: Kernels["sgd"] = (parameters, { learningRate, momentum, weightDecay, nesterov }) => {
  const velocities = parameters.map(({ value, velocity }) => velocity ?? tf.zeros(value.shape));
  const items = parameters.map(({ value, gradient }, k) => [value, gradient, velocities[k]]);
  const settings = [learningRate, momentum, weightDecay, Number(nesterov)];
  const moved = elementwise({ label: "sgd", wgsl, inputs: 2, updates: 1, results: 1 }, items, settings);
  return moved.map(([value], k) => ({ value, velocity: velocities[k] }));
};

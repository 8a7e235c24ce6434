import type { Kernels, SgdParameter, SgdResult, SgdRule } from "../kernels.js";
import { elementwise } from "./elementwise.js";

const rule = /* wgsl */ `
struct Settings {
  learningRate: f32,
  momentum: f32,
  weightDecay: f32,
  nesterov: f32,
}

fn moved(value: f32, decayed: f32, velocity: f32) -> array<f32, RESULTS> {
  let direction = select(velocity, decayed + velocity * settings.momentum, settings.nesterov > 0);
  return array(value - direction * settings.learningRate, velocity);
}
`;

const first = /* wgsl */ `
${rule}
fn result(value: f32, gradient: f32) -> array<f32, RESULTS> {
  let decayed = gradient + value * settings.weightDecay;
  return moved(value, decayed, decayed);
}
`;

const next = /* wgsl */ `
${rule}
fn result(value: f32, gradient: f32, previous: f32) -> array<f32, RESULTS> {
  let decayed = gradient + value * settings.weightDecay;
  return moved(value, decayed, previous * settings.momentum + decayed);
}
`;

/** One pass over each parameter. */
export const sgd: Kernels["sgd"] = (parameters, sgdRule) => {
  const results = new Map<SgdParameter, SgdResult>();
  for (const isFirst of [true, false]) {
    const those = parameters.filter(({ velocity }) => (velocity === undefined) === isFirst);
    const items = those.map(({ value, gradient, velocity }) =>
      velocity === undefined ? [value, gradient] : [value, gradient, velocity],
    );
    const operation = { label: "sgd", wgsl: isFirst ? first : next, inputs: isFirst ? 2 : 3, results: 2 };
    for (const [k, [value, velocity]] of elementwise(operation, items, settingsOf(sgdRule)).entries()) {
      results.set(those[k], { value, velocity });
    }
  }
  return parameters.map((parameter) => {
    const result = results.get(parameter);
    if (result === undefined) throw new Error("A parameter was not updated.");
    return result;
  });
};

const settingsOf = ({ learningRate, momentum, weightDecay, nesterov }: SgdRule): number[] => [
  learningRate,
  momentum,
  weightDecay,
  Number(nesterov),
];

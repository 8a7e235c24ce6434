import type { SgdParameter, SgdResult, SgdRule } from "../kernels.js";
import { dispatch } from "./shader.js";

const threads = 256;

/** The rule stands in a buffer: its learning rate changes, and a constant's change would be another shader. */
const wgsl = /* wgsl */ `
struct Rule {
  learningRate: f32,
  momentum: f32,
  weightDecay: f32,
  nesterov: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> value: array<f32>;
@group(0) @binding(2) var<storage, read> previous: array<f32>;
@group(0) @binding(3) var<storage, read_write> moved: array<f32>;
@group(0) @binding(4) var<storage, read_write> velocity: array<f32>;
@group(0) @binding(5) var<uniform> rule: Rule;

@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = id.x; i < arrayLength(&value); i += groups.x * THREADS) {
    let decayed = gradient[i] + value[i] * rule.weightDecay;
    var next = decayed;
    if (FIRST == 0) { next += previous[i] * rule.momentum; }
    velocity[i] = next;
    let direction = select(next, decayed + next * rule.momentum, rule.nesterov > 0);
    moved[i] = value[i] - direction * rule.learningRate;
  }
}
`;

/** One pass over each parameter. */
export const sgd = (parameters: readonly SgdParameter[], rule: SgdRule): SgdResult[] =>
  parameters.map(({ gradient, value, velocity: previous }) => {
    const { learningRate, momentum, weightDecay, nesterov } = rule;
    const [moved, velocity] = dispatch(
      { label: "sgd", wgsl, constants: { THREADS: threads, FIRST: previous ? 0 : 1 } },
      {
        inputs: [gradient, value, previous ?? gradient],
        outputs: [value.shape, value.shape],
        uniforms: [learningRate, momentum, weightDecay, Number(nesterov)],
        workgroups: [Math.min(65535, Math.ceil(value.size / threads))],
      },
    );
    return { value: moved, velocity };
  });

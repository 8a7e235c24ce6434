import type { tf } from "../../tf.js";
import { dispatch } from "./shader.js";

const threads = 256;
/** Numbers that a thread takes at most, while there are workgroups enough. */
const each = 4;

const wgsl = /* wgsl */ `
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = id.x; i < arrayLength(&dx); i += groups.x * THREADS) {
    dx[i] = select(0, dy[i], y[i] > 0);
  }
}
`;

/** dy where y > 0, else 0. */
export function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const workgroups = [Math.min(65535, Math.ceil(dy.size / (threads * each)))] as const;
  const [dx] = dispatch(
    { label: "relu gradient", wgsl, constants: { THREADS: threads } },
    { inputs: [dy, y], outputs: [dy.shape], workgroups },
  );
  return dx;
}

import type { tf } from "../../tf.js";
import { dispatch } from "./shader.js";

const threads = 256;

const wgsl = /* wgsl */ `
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> blended: array<f32>;

@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = id.x; i < arrayLength(&blended); i += groups.x * THREADS) {
    blended[i] = a[i] * (1 - SHARE) + b[i] * SHARE;
  }
}
`;

/** a * (1 - share) + b * share, of one shape. */
export function blend(a: tf.Tensor, b: tf.Tensor, share: number): tf.Tensor {
  const [blended] = dispatch(
    { label: "blend", wgsl, constants: { THREADS: threads, SHARE: share } },
    { inputs: [a, b], outputs: [a.shape], workgroups: [Math.min(65535, Math.ceil(a.size / threads))] },
  );
  return blended;
}

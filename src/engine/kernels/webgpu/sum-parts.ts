import type { tf } from "../../tf.js";
import { dispatch } from "./shader.js";

const threads = 64;

/** Each thread adds up one element of all parts, in their order. */
const wgsl = /* wgsl */ `
@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> total: array<f32>;

@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let size = arrayLength(&total);
  let count = arrayLength(&parts) / size;
  for (var element = id.x; element < size; element += groups.x * THREADS) {
    var sum = 0f;
    for (var part = 0u; part < count; part++) { sum += parts[part * size + element]; }
    total[element] = sum;
  }
}
`;

/**
 * The sum of equal parts, always in the same order.
 * @param parts float32 [number of parts, ...shape]; taken over
 */
export function sumParts(parts: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const [total] = dispatch(
    { label: "sum of parts", wgsl, constants: { THREADS: threads } },
    { inputs: [parts], outputs: [shape], workgroups: [Math.min(65535, Math.ceil(size / threads))] },
  );
  parts.dispose();
  return total;
}

import { tf } from "../../tf.js";
import { dispatch, dispatchInfos } from "./shader.js";
import { mostGroups } from "./tiles.js";

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
  const [total] = dispatch(shader, workFor(parts, shape));
  parts.dispose();
  return total;
}

/** The same within a kernel of tfjs. */
export function sumPartsInfo(parts: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  const [total] = dispatchInfos(shader, workFor(parts, shape));
  (tf.engine().backend as tf.KernelBackend).disposeData(parts.dataId);
  return total;
}

const shader = { label: "sum of parts", wgsl, constants: { THREADS: threads } };

function workFor(parts: tf.TensorInfo, shape: readonly number[]) {
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    inputs: [parts],
    outputs: [shape],
    workgroups: [Math.min(mostGroups, Math.ceil(size / threads))] as const,
  };
}

import { tf } from "../../tf.js";
import { buffers, dispatch, dispatchInfos } from "./shader.js";
import { mostGroups } from "./tiles.js";

const threads = 64;

/** Each thread adds up one element of all parts, in their order. */
const wgsl = (hasBias: boolean): string => /* wgsl */ `
${buffers(["parts", ...(hasBias ? ["bias"] : [])], ["total"])}

@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let size = arrayLength(&total);
  let count = arrayLength(&parts) / size;
  for (var element = id.x; element < size; element += groups.x * THREADS) {
    var sum = 0f;
    for (var part = 0u; part < count; part++) { sum += parts[part * size + element]; }
    total[element] = sum${hasBias ? " + bias[element % arrayLength(&bias)]" : ""};
  }
}
`;

/**
 * The sum of equal parts, always in the same order.
 * @param parts float32 [number of parts, ...shape]; taken over
 */
export function sumParts(parts: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const [total] = dispatch(shaderFor(false), workFor([parts], shape));
  parts.dispose();
  return total;
}

/** The same within a kernel of tfjs. @param bias float32, as long as the shape's last axis; added to every row */
export function sumPartsInfo(
  parts: tf.TensorInfo,
  shape: readonly number[],
  bias?: tf.TensorInfo,
): tf.TensorInfo {
  const [total] = dispatchInfos(
    shaderFor(bias !== undefined),
    workFor(bias ? [parts, bias] : [parts], shape),
  );
  (tf.engine().backend as tf.KernelBackend).disposeData(parts.dataId);
  return total;
}

const shaderFor = (hasBias: boolean) => ({
  label: "sum of parts",
  wgsl: wgsl(hasBias),
  constants: { THREADS: threads },
});

function workFor(inputs: readonly tf.TensorInfo[], shape: readonly number[]) {
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    inputs,
    outputs: [shape],
    workgroups: [Math.min(mostGroups, Math.ceil(size / threads))] as const,
  };
}

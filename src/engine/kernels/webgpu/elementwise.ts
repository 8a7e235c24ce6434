import type { tf } from "../../tf.js";
import { buffersAShader, dispatch } from "./shader.js";

/** What is done to every element of some tensors of one shape. */
interface Elementwise {
  readonly label: string;
  /**
   * WGSL: `fn result(a: f32, b: f32, ...) -> array<f32, RESULTS>`, of one element of each input; and `struct Settings` of
   * the numbers that are given with each call.
   */
  readonly wgsl: string;
  readonly inputs: number;
  readonly results: number;
}

const threads = 256;
/** Elements that a thread takes. */
const each = 4;

/** The same for many sets of tensors, of which one dispatch takes as many as the device has buffers for. */
export function elementwise(
  operation: Elementwise,
  items: readonly (readonly tf.Tensor[])[],
  settings?: readonly number[],
): tf.Tensor[][] {
  const { label, inputs, results } = operation;
  const together = Math.max(1, Math.floor(buffersAShader() / (inputs + results)));
  const done: tf.Tensor[][] = [];
  for (let start = 0; start < items.length; start += together) {
    const group = items.slice(start, start + together);
    const shapes = group.map(([{ shape }]) => shape);
    const groups = Math.max(...group.map(([{ size }]) => Math.ceil(size / (threads * each))));
    const outputs = dispatch(
      {
        label,
        wgsl: shaderOf(operation, group.length, settings !== undefined),
        constants: { THREADS: threads, RESULTS: results },
      },
      {
        inputs: group.flat(),
        outputs: shapes.flatMap((shape) => Array.from({ length: results }, () => shape)),
        uniforms: settings,
        workgroups: [Math.min(65535, groups)],
      },
    );
    for (const item of group.keys()) done.push(outputs.slice(item * results, (item + 1) * results));
  }
  return done;
}

function shaderOf({ wgsl, inputs, results }: Elementwise, items: number, hasSettings: boolean): string {
  const range = (length: number) => Array.from({ length }, (_, k) => k);
  const buffer = (binding: number, access: string, name: string) =>
    `@group(0) @binding(${binding}) var<${access}> ${name};`;
  const declarations = range(items).flatMap((item) => [
    ...range(inputs).map((k) => buffer(item * inputs + k, "storage, read", `input${item}_${k}: array<f32>`)),
    ...range(results).map((k) =>
      buffer(items * inputs + item * results + k, "storage, read_write", `result${item}_${k}: array<f32>`),
    ),
  ]);
  if (hasSettings) declarations.push(buffer(items * (inputs + results), "uniform", "settings: Settings"));
  const loops = range(items).map(
    (item) => /* wgsl */ `
  for (var i = id.x; i < arrayLength(&result${item}_0); i += groups.x * THREADS) {
    let all = result(${range(inputs).map((k) => `input${item}_${k}[i]`)});
    ${range(results)
      .map((k) => `result${item}_${k}[i] = all[${k}];`)
      .join("\n    ")}
  }`,
  );
  return /* wgsl */ `
${declarations.join("\n")}
${wgsl}
@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
${loops.join("\n")}
}
`;
}

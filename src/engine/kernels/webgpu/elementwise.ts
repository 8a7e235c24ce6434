import type { tf } from "../../tf.js";
import { buffers, buffersAShader, dispatch } from "./shader.js";
import { read, type Storage, write } from "./storage.js";
import { mostGroups } from "./tiles.js";

/** What is done to every element of some tensors of one shape. */
interface Elementwise {
  readonly label: string;
  /**
   * WGSL: `fn result(a: f32, b: f32, ...) -> array<f32, RESULTS>`, of one element of each input and update, the elements of
   * the new tensors and then of the updates; and `struct Settings` of the numbers that are given with each call.
   */
  readonly wgsl: string;
  readonly inputs: number;
  /** Tensors changed in place. */
  readonly updates?: number;
  /** New tensors. */
  readonly results: number;
  /** How all of them are stored, where not as float32. */
  readonly storage?: Storage;
}

const threads = 256;
/** Elements that a thread takes. */
const each = 4;

/**
 * The same for many sets of tensors, of which one dispatch takes as many as the device has buffers for.
 * @param items the inputs and then the updates of each
 * @returns the new tensors of each
 */
export function elementwise(
  operation: Elementwise,
  items: readonly (readonly tf.Tensor[])[],
  settings?: readonly number[],
): tf.Tensor[][] {
  const { label, inputs, updates = 0, results, storage } = operation;
  const together = Math.max(1, Math.floor(buffersAShader() / (inputs + updates + results)));
  const done: tf.Tensor[][] = [];
  for (let start = 0; start < items.length; start += together) {
    const group = items.slice(start, start + together);
    const shapes = group.map(([{ shape }]) => shape);
    const groups = Math.max(...group.map(([{ size }]) => Math.ceil(size / (threads * each))));
    const outputs = dispatch(
      {
        label,
        wgsl: shaderOf(operation, group.length, settings !== undefined),
        constants: { THREADS: threads, RESULTS: results + updates },
        storages:
          storage && Array.from({ length: group.length * (inputs + updates + results) }, () => storage),
      },
      {
        inputs: group.flatMap((item) => item.slice(0, inputs)),
        updates: group.flatMap((item) => item.slice(inputs)),
        outputs: shapes.flatMap((shape) => Array.from({ length: results }, () => shape)),
        uniforms: settings && Float32Array.from(settings),
        workgroups: [Math.min(mostGroups, groups)],
      },
    );
    for (const item of group.keys()) done.push(outputs.slice(item * results, (item + 1) * results));
  }
  return done;
}

function shaderOf(
  { wgsl, inputs, updates = 0, results, storage = "float32" }: Elementwise,
  items: number,
  hasSettings: boolean,
): string {
  const range = (length: number) => Array.from({ length }, (_, k) => k);
  const named = (name: string, count: number) => (item: number) =>
    range(count).map((k) => `${name}${item}_${k}`);
  const [inputsOf, updatesOf, resultsOf] = [
    named("input", inputs),
    named("update", updates),
    named("result", results),
  ];
  const ofAll = (names: (item: number) => string[]) => range(items).flatMap(names);
  const [before, after] = [ofAll(inputsOf), [...ofAll(updatesOf), ...ofAll(resultsOf)]];
  const declarations = buffers(
    before,
    after,
    Array.from([...before, ...after], () => storage),
  );
  const settings = `@group(0) @binding(${items * (inputs + updates + results)}) var<uniform> settings: Settings;`;
  const loops = range(items).map(
    (item) => /* wgsl */ `
  for (var i = id.x; i < arrayLength(&result${item}_0); i += groups.x * THREADS) {
    let all = result(${[...inputsOf(item), ...updatesOf(item)].map((name) => read(name, "i", storage))});
    ${[...resultsOf(item), ...updatesOf(item)].map((name, k) => write(name, "i", `all[${k}]`, storage)).join("\n    ")}
  }`,
  );
  return /* wgsl */ `
${declarations}${hasSettings ? settings : ""}
${wgsl}
@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
${loops.join("\n")}
}
`;
}

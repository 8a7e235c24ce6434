import { tf } from "../../tf.js";
import type { Kernels } from "../kernels.js";
import { dispatch } from "./shader.js";
import { mostGroups } from "./tiles.js";

const threads = 256;

const wgsl = /* wgsl */ `
struct Settings {
  kept: f32,
}
@group(0) @binding(0) var<storage, read> bits: array<u32>;
@group(0) @binding(1) var<storage, read_write> mask: array<f32>;
@group(0) @binding(2) var<uniform> settings: Settings;

@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = id.x; i < arrayLength(&mask); i += groups.x * THREADS) {
    mask[i] = select(settings.kept, 0, extractBits(bits[i / 32], i % 32, 1) == 1);
  }
}
`;

export const maskOfBits: NonNullable<Kernels["maskOfBits"]> = (bits, shape, kept) => {
  const given = tf.tensor1d(bits, "int32");
  const [mask] = dispatch(
    { label: "mask of bits", wgsl, constants: { THREADS: threads } },
    {
      inputs: [given],
      outputs: [shape],
      uniforms: Float32Array.of(kept),
      workgroups: [Math.min(mostGroups, Math.ceil((bits.length * 32) / threads))],
    },
  );
  given.dispose();
  return mask;
};

import { buffers } from "./shader.js";
import { read, type Storage } from "./storage.js";

/**
 * LANES threads add up one element of one sample, ELEMENTS elements a workgroup; x of the grid is the sample.
 * @param storages of x and dy
 */
export const sampleFilterGradientWgsl = (storages: readonly [Storage, Storage]): string => /* wgsl */ `
${buffers(["x", "dy"], [], storages)}
@group(0) @binding(2) var<storage, read> wanted: array<i32>;
@group(0) @binding(3) var<storage, read_write> rows: array<f32>;

const POSITIONS = OUT_HEIGHT * OUT_WIDTH;
var<workgroup> sums: array<f32, LANES * ELEMENTS>;

@compute @workgroup_size(LANES * ELEMENTS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let thread = i32(invocation);
  let sample = i32(group.x);
  let place = i32(group.y) * ELEMENTS + thread / LANES;
  let count = i32(arrayLength(&wanted));
  var sum = 0f;
  if (place < count) {
    let element = wanted[place];
    let output = element % OUTPUTS;
    let input = element / OUTPUTS % INPUTS;
    let tap = element / (OUTPUTS * INPUTS);
    for (var position = thread % LANES; position < POSITIONS; position += LANES) {
      let row = position / OUT_WIDTH * STRIDE + tap / KERNEL - PAD;
      let column = position % OUT_WIDTH * STRIDE + tap % KERNEL - PAD;
      if (row < 0 || row >= HEIGHT || column < 0 || column >= WIDTH) { continue; }
      sum += ${read("x", "((sample * HEIGHT + row) * WIDTH + column) * INPUTS + input", storages[0])}
        * ${read("dy", "(sample * POSITIONS + position) * OUTPUTS + output", storages[1])};
    }
  }
  sums[thread] = sum;
  for (var half = LANES / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (thread % LANES < half) { sums[thread] += sums[thread + half]; }
  }
  if (thread % LANES == 0 && place < count) { rows[sample * count + place] = sums[thread]; }
}
`;

import { rowSum } from "./row-reductions.wgsl.js";
import { buffers } from "./shader.js";

/** saved is [rows, 2]: each row's mean and inverse deviation. */
export const layerNormWgsl = /* wgsl */ `
${buffers(["x", "scale", "offset"], ["y", "saved"])}
${rowSum}
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let channels = arrayLength(&scale);
  let rows = arrayLength(&x) / channels;
  for (var row = group.x; row < rows; row += groups.x) {
    let first = row * channels;
    var own = 0f;
    for (var k = thread; k < channels; k += THREADS) { own += x[first + k]; }
    let mean = sumOfAllThreads(own, thread) / f32(channels);
    own = 0;
    for (var k = thread; k < channels; k += THREADS) {
      let difference = x[first + k] - mean;
      own += difference * difference;
    }
    let inverse = inverseSqrt(sumOfAllThreads(own, thread) / f32(channels) + EPSILON);
    for (var k = thread; k < channels; k += THREADS) {
      y[first + k] = (x[first + k] - mean) * inverse * scale[k] + offset[k];
    }
    if (thread == 0) {
      saved[2 * row] = mean;
      saved[2 * row + 1] = inverse;
    }
  }
}
`;

export const layerNormGradientWgsl = /* wgsl */ `
${buffers(["dy", "x", "scale", "saved"], ["dx"])}
${rowSum}
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let channels = arrayLength(&scale);
  let rows = arrayLength(&x) / channels;
  for (var row = group.x; row < rows; row += groups.x) {
    let first = row * channels;
    let mean = saved[2 * row];
    let inverse = saved[2 * row + 1];
    var total = 0f;
    var along = 0f;
    for (var k = thread; k < channels; k += THREADS) {
      let gradient = dy[first + k] * scale[k];
      total += gradient;
      along += gradient * (x[first + k] - mean) * inverse;
    }
    total = sumOfAllThreads(total, thread) / f32(channels);
    along = sumOfAllThreads(along, thread) / f32(channels);
    for (var k = thread; k < channels; k += THREADS) {
      let normalised = (x[first + k] - mean) * inverse;
      dx[first + k] = (dy[first + k] * scale[k] - (total + normalised * along)) * inverse;
    }
  }
}
`;

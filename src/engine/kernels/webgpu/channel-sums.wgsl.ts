import { buffers } from "./shader.js";

/**
 * x is [groups, positions, channels]. A workgroup takes LANES neighbouring channels of one group, ROWS positions at a time; its y
 * is the slice of the positions, its z the group. parts is [slices, groups, channels].
 * @param isNorm whether the sums of x times what a layer norm made of `input` are wanted as well
 */
export const channelSumsWgsl = (isNorm: boolean): string => /* wgsl */ `
${isNorm ? buffers(["x", "input", "saved"], ["parts", "alongParts"]) : buffers(["x"], ["parts"])}
struct Settings {
  channels: u32,
}
@group(0) @binding(${isNorm ? 5 : 2}) var<uniform> settings: Settings;

const THREADS = LANES * ROWS;
var<workgroup> shared_: array<vec2<f32>, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let channels = settings.channels;
  let positions = arrayLength(&x) / (channels * groups.z);
  let length = (positions + groups.y - 1) / groups.y;
  let begin = group.y * length;
  let end = min(begin + length, positions);
  let channel = group.x * LANES + thread % LANES;
  var own = vec2<f32>();
  if (channel < channels) {
    for (var position = begin + thread / LANES; position < end; position += ROWS) {
      let row = group.z * positions + position;
      let value = x[row * channels + channel];
      own.x += value;
      ${isNorm ? "own.y += value * (input[row * channels + channel] - saved[2 * row]) * saved[2 * row + 1];" : ""}
    }
  }
  shared_[thread] = own;
  for (var rows = u32(ROWS) / 2; rows > 0; rows /= 2) {
    workgroupBarrier();
    if (thread < rows * LANES) { shared_[thread] += shared_[thread + rows * LANES]; }
  }
  if (thread < LANES && channel < channels) {
    let place = (group.y * groups.z + group.z) * channels + channel;
    parts[place] = shared_[thread].x;
    ${isNorm ? "alongParts[place] = shared_[thread].y;" : ""}
  }
}
`;

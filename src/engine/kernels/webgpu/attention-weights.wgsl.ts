import { rowSum, rowSumAndLargest } from "./row-reductions.wgsl.js";
import { buffers } from "./shader.js";

const settings = (binding: number) => /* wgsl */ `
struct Settings {
  /** Numbers in a row. */
  length: u32,
  /** bits of f32 */
  scale: u32,
}
@group(0) @binding(${binding}) var<uniform> settings: Settings;
`;

/** @param hasMask whether there is a second result, the weights times the mask */
export const attentionWeightsWgsl = (hasMask: boolean): string => /* wgsl */ `
${hasMask ? buffers(["scores", "mask"], ["weights", "dropped"]) : buffers(["scores"], ["weights"])}
${settings(hasMask ? 4 : 2)}
${rowSumAndLargest}
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let length = settings.length;
  let scale = bitcast<f32>(settings.scale);
  let rows = arrayLength(&scores) / length;
  for (var row = group.x; row < rows; row += groups.x) {
    let first = row * length;
    // A row may be shorter than there are threads: its first number is as good as any.
    var most = scores[first];
    for (var k = thread; k < length; k += THREADS) { most = max(most, scores[first + k]); }
    most = largestOfAllThreads(most, thread);
    var own = 0f;
    for (var k = thread; k < length; k += THREADS) { own += exp((scores[first + k] - most) * scale); }
    let sum = sumOfAllThreads(own, thread);
    for (var k = thread; k < length; k += THREADS) {
      let at = first + k;
      let weight = exp((scores[at] - most) * scale) / sum;
      weights[at] = weight;
      ${hasMask ? "dropped[at] = weight * mask[at];" : ""}
    }
  }
}
`;

/** The gradient of the scores: of what was dropped to, through the mask, softmax and the scale. */
export const attentionGradientWgsl = (hasMask: boolean): string => /* wgsl */ `
${buffers(["dDropped", "weights", ...(hasMask ? ["mask"] : [])], ["dScores"])}
${settings(hasMask ? 4 : 3)}
${rowSum}
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let length = settings.length;
  let scale = bitcast<f32>(settings.scale);
  let rows = arrayLength(&weights) / length;
  for (var row = group.x; row < rows; row += groups.x) {
    let first = row * length;
    var own = 0f;
    for (var k = thread; k < length; k += THREADS) {
      let at = first + k;
      own += dDropped[at]${hasMask ? " * mask[at]" : ""} * weights[at];
    }
    let along = sumOfAllThreads(own, thread);
    for (var k = thread; k < length; k += THREADS) {
      let at = first + k;
      dScores[at] = weights[at] * (dDropped[at]${hasMask ? " * mask[at]" : ""} - along) * scale;
    }
  }
}
`;

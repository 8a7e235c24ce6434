import type { tf } from "../../tf.js";
import type { Kernels } from "../kernels.js";
import { rowSumAndLargest, rowThreads } from "./row-reductions.wgsl.js";
import { dispatch } from "./shader.js";
import { sumParts } from "./sum-parts.js";

/** A workgroup takes a row of the logits. */
const wgsl = /* wgsl */ `
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
/** Each row's loss over the number of rows. */
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;
${rowSumAndLargest}
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let rows = arrayLength(&losses);
  let classes = arrayLength(&logits) / rows;
  let first = group.x * classes;

  // A row may have fewer classes than there are threads: the first is as good as any.
  var most = logits[first];
  for (var k = thread; k < classes; k += THREADS) { most = max(most, logits[first + k]); }
  most = largestOfAllThreads(most, thread);

  var sum = 0f;
  for (var k = thread; k < classes; k += THREADS) { sum += exp(logits[first + k] - most); }
  let logSum = log(sumOfAllThreads(sum, thread));

  let label = u32(labels[group.x]);
  for (var k = thread; k < classes; k += THREADS) {
    let logProbability = logits[first + k] - most - logSum;
    if (k == label) { losses[group.x] = -logProbability / f32(rows); }
    gradient[first + k] = (exp(logProbability) - select(0f, 1f, k == label)) / select(1f, f32(rows), MEAN == 1);
  }
}
`;

/** One pass; the mean loss is the sum of the rows' in their order. */
export const crossEntropy: Kernels["crossEntropy"] = (logits, labels, reduction) => {
  const [n] = logits.shape;
  const constants = { THREADS: rowThreads, MEAN: Number(reduction === "mean") };
  const [losses, gradient] = dispatch(
    { label: "cross-entropy", wgsl, constants },
    { inputs: [logits, labels], outputs: [[n], logits.shape], workgroups: [n] },
  );
  return { loss: sumParts(losses, []) as tf.Scalar, gradient: gradient as tf.Tensor2D };
};

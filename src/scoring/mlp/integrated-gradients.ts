import { tf } from "../../engine/tf.js";
import type { GradientSink } from "../../nn/layer.js";
import type { Model } from "../../nn/model.js";
import { type Rng, sampleWithoutReplacement } from "../../random/rng.js";
import type { LabelledRows } from "../row-classifier.js";
import type { ReadInputs } from "./dnn-training.js";

/** Points on the way from nothing to a row. */
const STEPS = 50;
/** Rows looked at, as many as in the original. */
const MAX_ROWS = 128;

const nothing: GradientSink = {
  mode: "batch",
  wants: () => false,
  elements: () => new Int32Array(0),
  put: (_, gradient) => gradient.dispose(),
};

/**
 * How much each input contributes to telling rows' labels: integrated gradients of the log-odds of the row's own label,
 * averaged over rows. What speaks for one label as often as for the other cancels.
 * @param labelled rows to look at; more than 128 are sampled
 * @returns float64 [numInputs]
 */
export async function contributions(
  model: Model,
  read: ReadInputs,
  labelled: LabelledRows,
  rng: Rng,
): Promise<Float64Array> {
  const positions = Int32Array.from(labelled.rows.keys());
  const chosen = sampleWithoutReplacement(rng, positions, Math.min(MAX_ROWS, positions.length));
  const x = read(chosen.map((i) => labelled.rows[i]));
  const attributions = integratedGradients(model, x);
  const values = await attributions.data();
  tf.dispose([x, attributions]);
  const numInputs = x.size / chosen.length;
  const sums = new Float64Array(numInputs);
  for (const [row, i] of chosen.entries()) {
    const side = labelled.labels[i] === 1 ? 1 : -1;
    for (let k = 0; k < numInputs; k++) sums[k] += (side * values[row * numInputs + k]) / chosen.length;
  }
  return sums;
}

/**
 * Integrated gradients (Sundararajan, Taly, Yan 2017) of the log-odds of class 1 in evaluation mode, from inputs of 0, by
 * the midpoint rule with 50 points. A row's attributions add up to its log-odds minus those of 0.
 * @param x float32 [N, H, W, C]; borrowed
 * @returns float32, like x; owned by the caller
 */
export function integratedGradients(model: Model, x: tf.Tensor4D): tf.Tensor4D {
  const dy = tf.tidy(() => tf.tile(tf.tensor2d([[-1, 1]]), [x.shape[0], 1]));
  let sum: tf.Tensor4D = tf.zerosLike(x);
  for (let step = 0; step < STEPS; step++) {
    const at = tf.mul<tf.Tensor4D>(x, (step + 0.5) / STEPS);
    const recorded = model.forward(at, { training: false, statistics: "batch", record: true });
    const gradient = recorded.backward(dy, nothing, true);
    if (!gradient) throw new Error("The network gave no input gradient.");
    const next = tf.add<tf.Tensor4D>(sum, gradient);
    recorded.dispose();
    tf.dispose([at, gradient, sum]);
    sum = next;
  }
  const attributions = tf.tidy(() => tf.mul<tf.Tensor4D>(x, tf.div(sum, STEPS)));
  tf.dispose([dy, sum]);
  return attributions;
}

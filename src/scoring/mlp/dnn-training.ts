import { tf } from "../../engine/tf.js";
import type { Model } from "../../nn/model.js";
import type { StateEntry } from "../../nn/state-entry.js";
import { type Rng, shuffle } from "../../random/rng.js";
import { trainStep } from "../../training/gradients.js";
import { adam } from "../../training/optimizer.js";
import type { LabelledRows } from "../row-classifier.js";
import { joinParameters } from "./joined-step.js";

const EPOCHS = 10;
const BATCH = 5000;
const LEARNING_RATE = 1e-4;
/**
 * Steps taken at least, by more epochs over small tables: with the original's 10 epochs, 200 rows that 4 columns separate
 * cleanly are still told apart no better than by chance.
 */
const MIN_STEPS = 60;

/** float32 [rows, 1, 1, numInputs] of row numbers; the caller disposes it. */
export type ReadInputs = (rows: Int32Array) => tf.Tensor4D;

/** Trains with Adam at 1e-4, 10 epochs in batches of 5000 rows, or more epochs until there were 60 steps. */
export async function trainDnn(
  model: Model,
  read: ReadInputs,
  { rows, labels }: LabelledRows,
  rng: Rng,
): Promise<void> {
  const optimizer = joinParameters(adam({ learningRate: LEARNING_RATE }));
  const batches = Math.max(1, Math.ceil((rows.length - 1) / BATCH));
  const epochs = Math.max(EPOCHS, Math.ceil(MIN_STEPS / batches));
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = shuffle(rng.fork(`order/epoch-${epoch}`), Int32Array.from(rows.keys()));
      const dropout = rng.fork(`dropout/epoch-${epoch}`);
      for (let batch = 0; batch < batches; batch++) {
        // A last row on its own joins the batch before: batch norm cannot do with one.
        const end = batch === batches - 1 ? order.length : (batch + 1) * BATCH;
        const chosen = order.subarray(batch * BATCH, end);
        const x = read(chosen.map((i) => rows[i]));
        const y = tf.tensor1d(
          chosen.map((i) => labels[i]),
          "int32",
        );
        const loss = trainStep(model, x, y, optimizer, { training: true, dropoutSeed: dropout.seed() });
        // A loss read is a step done: an interrupt then waits for one step, not for a queue of them.
        await loss.data();
        tf.dispose([x, y, loss]);
      }
    }
  } finally {
    optimizer.dispose();
  }
}

/**
 * Sets every batch norm's running statistics to those of training rows, at most 5000. Their running averages still lie
 * half at their start after so few steps, and nine layers deep nothing is left of a row's differences.
 * @param model without dropout, as it will predict
 */
export function refreshStatistics(model: Model, read: ReadInputs, { rows }: LabelledRows, rng: Rng): void {
  const x = read(shuffle(rng.fork("statistics"), rows).subarray(0, BATCH));
  const found = new Map<StateEntry, tf.Tensor>();
  const recorded = model.forward(x, {
    training: true,
    statistics: "batch",
    record: false,
    dropoutSeed: 0,
    onStatistics(mean, variance, batch) {
      found.set(mean, batch.mean.clone()).set(variance, batch.variance.clone());
    },
  });
  for (const [entry, value] of found) entry.value = value;
  tf.dispose([x, recorded.output]);
}

/** @returns float64 [rows], P(label 1) */
export async function predictDnn(model: Model, read: ReadInputs, rows: Int32Array): Promise<Float64Array> {
  const probabilities = new Float64Array(rows.length);
  for (let start = 0; start < rows.length; start += BATCH) {
    const x = read(rows.subarray(start, start + BATCH));
    const logits = model.predict(x);
    const values = await logits.data();
    tf.dispose([x, logits]);
    for (let i = 0; i < values.length / 2; i++) {
      probabilities[start + i] = 1 / (1 + Math.exp(values[2 * i] - values[2 * i + 1]));
    }
  }
  return probabilities;
}

import { setImmediate } from "node:timers/promises";
import { noAugmentation } from "../datasets/augmentation.js";
import { consecutiveBatches } from "../datasets/batches.js";
import { tf } from "../engine/tf.js";
import type { Model } from "../nn/model.js";
import type { Run } from "../run.js";
import type { Matrix } from "../scoring/table/matrix.js";
import type { Subject } from "../training/subject.js";
import { batchTensors } from "../training/train.js";

/** What a network makes of N images in evaluation mode, without augmentation. */
export interface NetworkPass {
  /** int32 [N] */
  readonly labels: Int32Array;
  readonly numClasses: number;
  /** float32 [N, d], what the head sees */
  readonly features: Matrix;
  /** float32 [N, numClasses] */
  readonly logits: Matrix;
}

const batchSize = 128;

/** One pass over the first `count` images. */
export async function networkPass(
  model: Model,
  { images, normalization }: Pick<Subject, "images" | "normalization">,
  count: number,
  { reporter, signal }: Run,
): Promise<NetworkPass> {
  const { numClasses } = model;
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  const logits = new Float32Array(count * numClasses);
  let [features, cols, done] = [new Float32Array(0), 0, 0];
  const bar = reporter.progress("compare: one pass", count);
  try {
    for (const ids of consecutiveBatches(rows, batchSize)) {
      await setImmediate();
      signal.throwIfAborted();
      const batch = batchTensors({ set: images, normalization }, ids, noAugmentation);
      const pass = { training: false, statistics: "batch", record: false } as const;
      const seen = model.features(batch.images, pass).output as tf.Tensor2D;
      const output = model.classify(seen, pass).output;
      if (done === 0) {
        cols = seen.shape[1];
        features = new Float32Array(count * cols);
      }
      features.set(await seen.data<"float32">(), done * cols);
      logits.set(await output.data<"float32">(), done * numClasses);
      tf.dispose([batch.images, batch.labels, seen, output]);
      done += ids.length;
      bar.update(done);
    }
  } finally {
    bar.stop();
  }
  return {
    labels: images.labels.slice(0, count),
    numClasses,
    features: { rows: count, cols, data: features },
    logits: { rows: count, cols: numClasses, data: logits },
  };
}

/** float64 [numClasses], the probabilities of a row's classes. */
export const probabilities = (
  { logits: { cols, data } }: Pick<NetworkPass, "logits">,
  row: number,
): Float64Array => softmax(data.subarray(row * cols, (row + 1) * cols));

export function softmax(logits: Float32Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const exps = Float64Array.from(logits, (value) => Math.exp(value - largest));
  const sum = exps.reduce((a, b) => a + b);
  return exps.map((value) => value / sum);
}

/** Some rows of a table, in the order asked for. */
export function rowsOf({ cols, data }: Pick<Matrix, "cols" | "data">, rows: ArrayLike<number>): Matrix {
  const taken = new Float32Array(rows.length * cols);
  for (let i = 0; i < rows.length; i++)
    taken.set(data.subarray(rows[i] * cols, (rows[i] + 1) * cols), i * cols);
  return { rows: rows.length, cols, data: taken };
}

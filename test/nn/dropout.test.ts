import { afterEach, beforeEach, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { startEngine } from "../../src/index.js";
import { dropout } from "../../src/nn/dropout.js";
import type { GradientSink, Pass } from "../../src/nn/layer.js";

const sink: GradientSink = { mode: "batch", wants: () => false, elements: () => new Int32Array(0), put() {} };
const evaluation: Pass = { training: false, statistics: "batch", record: true };
const training = (dropoutSeed?: number, dropoutRows?: readonly number[]): Pass => ({
  training: true,
  statistics: "batch",
  record: true,
  dropoutSeed,
  dropoutRows,
});

let tensors = 0;
beforeEach(async () => {
  await startEngine();
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensors);
});

/** What becomes of ones. */
async function maskOf(shape: number[], pass: Pass, index = 0): Promise<Float32Array> {
  const x = tf.ones(shape);
  const recorded = dropout(0.25, index).forward(x, pass);
  const mask = (await recorded.output.data()) as Float32Array;
  recorded.dispose();
  x.dispose();
  return mask;
}

test("a share of every row and of every column is zeroed, the rest is scaled so that the mean stays", async () => {
  const mask = await maskOf([100, 100], training(7));
  const zeros = (values: Float32Array) => values.filter((value) => value === 0).length / values.length;
  expect(zeros(mask)).toBeCloseTo(0.25, 1);
  expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
  // Four standard deviations of a share of 100 draws.
  for (let i = 0; i < 100; i++) {
    const row = mask.subarray(100 * i, 100 * (i + 1));
    const column = mask.filter((_, k) => k % 100 === i);
    for (const line of [row, column]) expect(Math.abs(zeros(line) - 0.25)).toBeLessThan(0.18);
  }
});

test("the gradient passes the same mask", async () => {
  const dy = tf.ones([4, 5]);
  const recorded = dropout(0.25, 0).forward(dy, training(7));
  const dx = recorded.backward(dy, sink, true);
  expect(await dx?.data()).toEqual(await recorded.output.data());
  expect(recorded.backward(dy, sink, false)).toBeUndefined();
  tf.dispose(dx ? [dx, dy] : [dy]);
  recorded.dispose();
});

test("the seed and the layer decide", async () => {
  const mask = await maskOf([10, 10], training(7));
  expect(await maskOf([10, 10], training(7))).toEqual(mask);
  expect(await maskOf([10, 10], training(8))).not.toEqual(mask);
  expect(await maskOf([10, 10], training(7), 1)).not.toEqual(mask);
});

test("a row's mask goes with its name, whatever the company", async () => {
  const together = await maskOf([3, 20], training(7, [5, 900, 6]));
  const alone = await maskOf([1, 20], training(7, [900]));
  expect(alone).toEqual(together.slice(20, 40));
  expect(await maskOf([3, 20], training(7, [0, 1, 2]))).toEqual(await maskOf([3, 20], training(7)));
  const x = tf.ones([3, 20]);
  expect(() => dropout(0.25, 0).forward(x, training(7, [1]))).toThrow(
    /1 dropout rows are named, there are 3/,
  );
  x.dispose();
});

test("evaluation: nothing happens; training without a seed is an error", async () => {
  const x = tf.tensor1d([1, -2, 3]);
  const recorded = dropout(0.5, 0).forward(x, evaluation);
  expect(Array.from(await recorded.output.data())).toEqual([1, -2, 3]);
  recorded.dispose();
  expect(() => dropout(0.5, 0).forward(x, training())).toThrow(/seed/);
  x.dispose();
});

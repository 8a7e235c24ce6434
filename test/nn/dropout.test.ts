import { beforeAll, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { startEngine } from "../../src/index.js";
import { dropout } from "../../src/nn/dropout.js";
import type { GradientSink, Pass } from "../../src/nn/layer.js";

const sink: GradientSink = { mode: "batch", wants: () => false, elements: () => new Int32Array(0), put() {} };
const pass = (training: boolean, dropoutSeed?: number): Pass => ({
  training,
  statistics: "batch",
  record: true,
  dropoutSeed,
});

beforeAll(async () => {
  await startEngine();
});

test("training: a share is zeroed, the mean stays, the gradient passes the same mask, the seed decides", async () => {
  const before = tf.memory().numTensors;
  const x = tf.ones([100, 100]);
  const layer = dropout(0.25, 0);
  const first = layer.forward(x, pass(true, 7));
  const again = layer.forward(x, pass(true, 7));
  const other = layer.forward(x, pass(true, 8));
  const values = await first.output.data();
  const zeros = values.filter((v) => v === 0).length;
  expect(zeros / values.length).toBeCloseTo(0.25, 1);
  expect(Math.max(...values.slice(0, 100))).toBeCloseTo(1 / 0.75, 5);
  expect(await again.output.data()).toEqual(values);
  expect(await other.output.data()).not.toEqual(values);
  const dx = first.backward(x, sink, true);
  expect(await dx?.data()).toEqual(values);
  dx?.dispose();
  for (const recorded of [first, again, other]) recorded.dispose();
  x.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("evaluation: nothing happens; training without a seed is an error", async () => {
  const x = tf.tensor1d([1, -2, 3]);
  const recorded = dropout(0.5, 0).forward(x, pass(false));
  expect(Array.from(await recorded.output.data())).toEqual([1, -2, 3]);
  recorded.dispose();
  expect(() => dropout(0.5, 0).forward(x, pass(true))).toThrow(/seed/);
  x.dispose();
});

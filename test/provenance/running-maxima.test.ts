import { beforeAll, expect, test } from "vitest";
import { startEngine } from "../../src/engine/start.js";
import { tf } from "../../src/engine/tf.js";
import { createModel } from "../../src/models/create-model.js";
import type { EntryDifferences } from "../../src/provenance/batch-differences.js";
import { RunningMaxima } from "../../src/provenance/running-maxima.js";

beforeAll(async () => {
  await startEngine();
});

test("per feature the largest over all batches, at its place in the flattened state", async () => {
  const model = createModel("ResNet8", { classes: 3, inputShape: [8, 8, 3], width: 2 });
  const bias = model.entries.at(-1);
  if (bias?.name !== "linear.bias") throw new Error("linear.bias is not last");
  const before = tf.memory().numTensors;
  const difference = (suspect: number[], clean: number[]): EntryDifferences => ({
    suspect: tf.tensor1d(suspect),
    clean: tf.tensor1d(clean),
  });
  const maxima = new RunningMaxima(model);
  maxima.add(new Map([[bias, difference([1, 5, 0], [2, 2, 2])]]));
  maxima.add(new Map([[bias, difference([3, 4, 0], [1, 3, 2])]]));
  maxima.add(new Map([[bias, difference([2, 2, 7], [0, 0, 9])]]));
  const { suspect, clean } = await maxima.read();
  expect(suspect).toHaveLength(model.stateSize);
  expect([...suspect.slice(-3)]).toEqual([3, 5, 7]);
  expect([...clean.slice(-3)]).toEqual([2, 3, 9]);
  // What never moved counts as 0.
  expect(suspect.subarray(0, -3).every((value) => value === 0)).toBe(true);
  expect(tf.memory().numTensors).toBe(before + 2);
  maxima.dispose();
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});

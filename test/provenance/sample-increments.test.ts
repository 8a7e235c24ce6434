import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { createModel, type ImageArray, type Model, sampleIncrements, startEngine } from "../../src/index.js";
import { createRng } from "../../src/random/rng.js";
import { maxAbsDifference } from "../golden.js";
import { incrementsOneByOne } from "./one-by-one.js";

const labels = [1, 3, 0, 3, 2];

function images(name: string, side: number): ImageArray {
  const rng = createRng(name);
  const data = Float32Array.from({ length: labels.length * side * side * 3 }, () => rng.normal());
  return { shape: [labels.length, side, side, 3], data };
}

/** Features from every entry: many of a few layers (the dense way), a few of all (the gathering way). */
function chooseFeatures(model: Model): number[] {
  const rng = createRng("features");
  const chosen = new Set<number>();
  for (const entry of model.entries) {
    const offset = model.offsets.get(entry) ?? 0;
    const isDense = entry.name === "layer1.0.conv2.weight" || entry.name === "layer2.0.conv1.weight";
    const count = isDense ? entry.size : Math.min(entry.size, 3);
    for (let i = 0; i < count; i++) chosen.add(offset + (isDense ? i : rng.int(entry.size)));
  }
  // Columns come in the order asked for, not sorted.
  return [...chosen].reverse();
}

describe.each(["auto", "wasm"] as const)("engine %s", (engine) => {
  let model: Model;
  let tensors = 0;
  beforeEach(async () => {
    await startEngine({ engine });
    tensors = tf.memory().numTensors;
    model = createModel("ResNet8", { classes: 4, inputShape: [12, 12, 3], width: 4, rng: createRng("m") });
  });
  afterEach(() => {
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test.each([
    ["sgd", true],
    ["sgd", false],
    ["adam", true],
  ] as const)("equal to one sample at a time: %s, training mode %s", async (optimizer, trainingMode) => {
    const options = { optimizer, learningRate: optimizer === "sgd" ? 0.1 : 0.001, trainingMode };
    const batch = images("x", 12);
    const features = chooseFeatures(model);
    const rows = await sampleIncrements(model, batch, labels, features, options);
    const oracle = await incrementsOneByOne(model, batch, labels, features, options);
    // The oracle subtracts float32 weights near 1: it is the less exact one. Adam's step flips with a gradient's sign.
    const differences = Array.from(rows.data, (value, i) => Math.abs(value - oracle[i])).sort(
      (a, b) => a - b,
    );
    const allowedFlips = optimizer === "adam" ? Math.ceil(differences.length / 500) : 0;
    expect(differences[differences.length - 1 - allowedFlips]).toBeLessThan(2e-6);
  });

  test("a sample's row does not depend on its company", async () => {
    const options = { optimizer: "sgd", learningRate: 0.1, trainingMode: true } as const;
    const batch = images("y", 12);
    const features = chooseFeatures(model);
    const together = await sampleIncrements(model, batch, labels, features, options);
    const alone = { shape: [1, 12, 12, 3], data: batch.data.slice(2 * 432, 3 * 432) };
    const single = await sampleIncrements(model, alone, [labels[2]], features, options);
    const row = together.data.subarray(2 * features.length, 3 * features.length);
    expect(maxAbsDifference(row, single.data)).toBeLessThan(1e-6);
  });

  test("features of the last layer alone, and of buffers and counters alone", async () => {
    const options = { optimizer: "sgd", learningRate: 0.1, trainingMode: true } as const;
    const batch = images("z", 12);
    for (const part of ["linear", "running", "num_batches_tracked"]) {
      const features = model.entries
        .filter((entry) => entry.name.includes(part))
        .map((entry) => model.offsets.get(entry) ?? 0);
      const rows = await sampleIncrements(model, batch, labels, features, options);
      const oracle = await incrementsOneByOne(model, batch, labels, features, options);
      expect(maxAbsDifference(rows.data, oracle)).toBeLessThan(2e-6);
    }
  });

  test("a frozen parameter does not move", async () => {
    const options = { optimizer: "sgd", learningRate: 0.1, trainingMode: true } as const;
    const frozen = model.entries.find((entry) => entry.name === "conv1.weight");
    if (!frozen) throw new Error("no conv1.weight");
    frozen.trainable = false;
    const linear = model.stateSize - 1;
    const rows = await sampleIncrements(model, images("f", 12), labels, [0, linear], options);
    expect(rows.data.filter((_, i) => i % 2 === 0)).toEqual(new Float32Array(labels.length));
    expect(rows.data[1]).not.toBe(0);
  });

  test("a feature outside the state is refused", async () => {
    const options = { optimizer: "sgd", learningRate: 0.1, trainingMode: true } as const;
    await expect(
      sampleIncrements(model, images("o", 12), labels, [model.stateSize], options),
    ).rejects.toThrow(/outside the model's state/);
  });
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { createModel, type ImageArray, type Model, sampleIncrements, startEngine } from "../../src/index.js";
import { createRng } from "../../src/random/rng.js";
import { maxAbsDifference } from "../golden.js";
import { incrementsOneByOne } from "../provenance/one-by-one.js";

const labels = [1, 3, 0, 3, 2];
const side = 24;

function images(name: string): ImageArray {
  const rng = createRng(name);
  const data = Float32Array.from({ length: labels.length * side * side * 3 }, () => rng.normal());
  return { shape: [labels.length, side, side, 3], data };
}

/** Features from every entry: all of some matrices (the dense way), a few of all others (the gathering way). */
function chooseFeatures(model: Model): number[] {
  const rng = createRng("features");
  const chosen = new Set<number>();
  for (const entry of model.entries) {
    const offset = model.offsets.get(entry) ?? 0;
    const isWhole = /blocks.0.*(proj_q|fc2|norm1)|class_token/.test(entry.name);
    const count = isWhole ? entry.size : Math.min(entry.size, 2);
    for (let i = 0; i < count; i++) chosen.add(offset + (isWhole ? i : rng.int(entry.size)));
  }
  return [...chosen].reverse();
}

describe.each(["auto", "wasm"] as const)("each sample's own increments, engine %s", (engine) => {
  let model: Model;
  let tensors = 0;
  beforeEach(async () => {
    await startEngine({ engine });
    tensors = tf.memory().numTensors;
    const rng = createRng("m");
    model = createModel("ViT-Micro", { classes: 4, inputShape: [side, side, 3], width: 24, rng });
  });
  afterEach(() => {
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test.each([
    ["sgd", true],
    ["sgd", false],
    ["adam", false],
  ] as const)("equal to one sample at a time: %s, training mode %s", async (optimizer, trainingMode) => {
    const learningRate = optimizer === "sgd" ? 0.1 : 0.001;
    const sampleIds = [7, 70, 8, 80, 9];
    const options = { optimizer, learningRate, trainingMode, dropoutSeed: 5, sampleIds };
    const features = chooseFeatures(model);
    const rows = await sampleIncrements(model, images("x"), labels, features, options);
    const oracle = await incrementsOneByOne(model, images("x"), labels, features, options);
    const differences = Array.from(rows.data, (value, i) => Math.abs(value - oracle[i])).sort(
      (a, b) => a - b,
    );
    // Adam's first step is the gradient's sign: that of the keys' bias, zero but for rounding, is chance.
    const allowedFlips = optimizer === "adam" ? 8 * labels.length : 0;
    expect(differences[differences.length - 1 - allowedFlips]).toBeLessThan(2e-6);
    expect(Math.max(...rows.data)).toBeGreaterThan(1e-4);
  });

  test("a frozen parameter does not move, those above it do as before", async () => {
    const options = { optimizer: "sgd", learningRate: 0.1, trainingMode: false } as const;
    const features = chooseFeatures(model);
    const all = await sampleIncrements(model, images("f"), labels, features, options);
    const frozen = model.entries.slice(0, 20);
    for (const entry of frozen) entry.trainable = false;
    const end = frozen.reduce((size, entry) => size + entry.size, 0);
    const rows = await sampleIncrements(model, images("f"), labels, features, options);
    const expected = all.data.map((value, i) => (features[i % features.length] < end ? 0 : value));
    expect(maxAbsDifference(rows.data, expected)).toBeLessThan(1e-7);
  });
});

import { afterEach, beforeEach, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { batchDifferences, createModel, type Model, sampleIncrements, startEngine } from "../../src/index.js";
import type { StateEntry } from "../../src/nn/state-entry.js";
import { mapFeatures } from "../../src/provenance/feature-map.js";
import { createRng } from "../../src/random/rng.js";
import { sgd } from "../../src/training/optimizer.js";

const options = { optimizer: "sgd", learningRate: 0.1, trainingMode: true } as const;
const labels = [1, 0];
const images = (name: string) => {
  const rng = createRng(name);
  return { shape: [2, 64, 64, 3], data: Float32Array.from({ length: 24_576 }, () => rng.normal()) };
};

let model: Model;
let tensors = 0;
beforeEach(async () => {
  await startEngine();
  tensors = tf.memory().numTensors;
  const rng = createRng("m");
  model = createModel("CustomResNet18", { classes: 3, inputShape: [64, 64, 3], width: 2, rng });
});
afterEach(() => {
  model.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
});

const named = (name: string): StateEntry => {
  const found = model.entries.find((entry) => entry.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const offsetOf = (name: string) => model.offsets.get(named(name)) ?? 0;

test("a state holds what two names share twice, and a state whose two copies differ is refused", async () => {
  const state = await model.stateDict();
  expect(state.get("layer2.0.conv1.weight")).toEqual(state.get("resnet.layer2.0.conv1.weight"));
  expect(state.get("bn1.num_batches_tracked")?.dtype).toBe("int64");
  model.loadStateDict(state);
  state.set("conv1.weight", { shape: [2, 3, 7, 7], data: new Float32Array(294) });
  expect(() => model.loadStateDict(state)).toThrow(/conv1.weight differs from resnet.conv1.weight/);
});

test("both places of an element have its increment, in any order", async () => {
  const original = offsetOf("resnet.layer1.0.conv2.weight");
  const alias = offsetOf("layer1.0.conv2.weight");
  const features = [
    alias + 7,
    original + 3,
    original + 7,
    alias + 3,
    offsetOf("bn1.running_mean"),
    alias + 9,
  ];
  const { byEntry, columns } = mapFeatures(model, features);
  expect(byEntry.map(({ entry, elements }) => [entry.name, elements.length])).toEqual([
    ["resnet.layer1.0.conv2.weight", 3],
    ["resnet.bn1.running_mean", 1],
  ]);
  expect(columns[0]).toBe(columns[2]);
  const { data } = await sampleIncrements(model, images("x"), labels, features, options);
  for (const row of [0, 6]) {
    expect(data[row]).toBe(data[row + 2]);
    expect(data[row + 1]).toBe(data[row + 3]);
    expect(new Set([data[row], data[row + 1], data[row + 4], data[row + 5], 0]).size).toBe(5);
  }
});

test("batch level fills both places; the pretrained network's unused layer stays", async () => {
  const group = (name: string) => ({ images: images(name), labels });
  const groups = { suspect: group("s"), clean1: group("a"), clean2: group("b") };
  const { suspect, clean } = await batchDifferences(model, groups, options);
  for (const maxima of [suspect, clean]) {
    const part = (name: string) => {
      const offset = offsetOf(name);
      return maxima.slice(offset, offset + named(name).size);
    };
    for (const name of [
      "conv1.weight",
      "bn1.running_var",
      "layer4.1.bn2.bias",
      "layer2.0.downsample.0.weight",
    ]) {
      expect(part(name)).toEqual(part(`resnet.${name}`));
      expect(part(name).some((value) => value > 0)).toBe(true);
    }
    expect(part("resnet.fc.weight").every((value) => value === 0)).toBe(true);
    expect(part("fc1.weight").some((value) => value > 0)).toBe(true);
  }
});

test("an optimizer sees a parameter once", () => {
  const names = model.trainable.map((entry) => entry.name);
  expect(names).toContain("resnet.conv1.weight");
  expect(names).not.toContain("conv1.weight");
  const optimizer = sgd({ learningRate: 0.1 });
  const entry = named("resnet.conv1.weight");
  const gradient = tf.onesLike(entry.value);
  optimizer.step(new Map([[entry, gradient]]));
  expect(named("conv1.weight").original.value).toBe(entry.value);
  gradient.dispose();
  optimizer.dispose();
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { imageTensor, labelTensor } from "../../src/api/arrays.js";
import { tf } from "../../src/engine/tf.js";
import {
  batchDifferences,
  createModel,
  type ImageArray,
  type Model,
  sampleIncrements,
  startEngine,
} from "../../src/index.js";
import { createRng } from "../../src/random/rng.js";
import { trainStep } from "../../src/training/gradients.js";
import { createOptimizer } from "../../src/training/optimizer.js";
import { maxAbsDifference } from "../golden.js";
import { incrementsOneByOne } from "../provenance/one-by-one.js";

const labels = [1, 3, 0];
const sampleIds = [41, 7, 1000];
const classes = 4;

const networks = [
  ["ResNet50", 2, 16],
  ["BasicResNet", 4, 64],
  ["CustomResNet18", 2, 64],
  ["CustomCNN", 4, 32],
] as const;

function images(name: string, side: number): ImageArray {
  const rng = createRng(name);
  const data = Float32Array.from({ length: labels.length * side * side * 3 }, () => rng.normal());
  return { shape: [labels.length, side, side, 3], data };
}

/** Features from every entry: all of some (the dense way), a few of the others (the gathering way). */
function chooseFeatures(model: Model): number[] {
  const rng = createRng("features");
  const chosen = new Set<number>();
  for (const entry of model.entries) {
    const offset = model.offsets.get(entry) ?? 0;
    const isWhole = /^(6\.weight|3\.bias|conv1.weight|(resnet\.)?layer2.0.conv1.weight)$/.test(entry.name);
    const count = isWhole ? entry.size : Math.min(entry.size, 3);
    for (let i = 0; i < count; i++) chosen.add(offset + (isWhole ? i : rng.int(entry.size)));
  }
  return [...chosen].reverse();
}

/** A model in the middle of its life: no running statistic is at its start. */
async function trainedModel(name: string, width: number, side: number): Promise<Model> {
  const model = createModel(name, { classes, inputShape: [side, side, 3], width, rng: createRng("m") });
  await step(model, side, 1e-3);
  return model;
}

async function step(model: Model, side: number, learningRate: number): Promise<void> {
  const optimizer = createOptimizer("sgd", learningRate);
  const given = images("step", side);
  const [x, y] = [imageTensor(given), labelTensor(labels, given, model)];
  const loss = trainStep(model, x, y, optimizer, { training: true, dropoutSeed: 3 });
  tf.dispose([x, y, loss]);
  optimizer.dispose();
}

describe.each(["auto", "wasm"] as const)("engine %s", (engine) => {
  describe.each(networks)("%s, width %d, %d pixels", (name, width, side) => {
    let model: Model;
    let tensors = 0;
    beforeEach(async () => {
      await startEngine({ engine });
      tensors = tf.memory().numTensors;
      model = await trainedModel(name, width, side);
    });
    afterEach(() => {
      model.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    });

    test.each(engine === "auto" ? [true, false] : [true])(
      "increments equal one sample at a time, training mode %s",
      async (trainingMode) => {
        const options = {
          optimizer: "sgd",
          learningRate: 0.1,
          trainingMode,
          dropoutSeed: 11,
          sampleIds,
        } as const;
        const features = chooseFeatures(model);
        const rows = await sampleIncrements(model, images("x", side), labels, features, options);
        const oracle = await incrementsOneByOne(model, images("x", side), labels, features, options);
        // The oracle subtracts float32 weights near 1, and the gradients of a network with bottlenecks are large.
        const size = Math.max(...rows.data.map(Math.abs));
        expect(maxAbsDifference(rows.data, oracle)).toBeLessThan(2e-6 * Math.max(1, size));
        expect(size).toBeGreaterThan(1e-3);
      },
    );

    test.runIf(engine === "auto")(
      "with a frozen body only the head and the running statistics move",
      async () => {
        const options = {
          optimizer: "sgd",
          learningRate: 0.1,
          trainingMode: true,
          dropoutSeed: 11,
          sampleIds,
        } as const;
        const features = chooseFeatures(model);
        const before = await model.stateDict();
        const all = await sampleIncrements(model, images("x", side), labels, features, options);
        model.freezeBody();
        const mayMove = new Set(
          model.entries
            .filter(({ original }) => original.kind !== "parameter" || model.headEntries.includes(original))
            .map((entry) => entry.name),
        );
        const isFixed = features.map((feature) => {
          const entry = model.entries.findLast((one) => (model.offsets.get(one) ?? 0) <= feature);
          return entry !== undefined && !mayMove.has(entry.name);
        });
        const rows = await sampleIncrements(model, images("x", side), labels, features, options);
        const expected = all.data.map((value, i) => (isFixed[i % features.length] ? 0 : value));
        expect(maxAbsDifference(rows.data, expected)).toBeLessThan(1e-6);

        const group = { images: images("g", side), labels };
        const { suspect } = await batchDifferences(
          model,
          { suspect: { images: images("x", side), labels }, clean1: group, clean2: group },
          options,
        );
        const moved = (entry: Model["entries"][number]) => {
          const offset = model.offsets.get(entry) ?? 0;
          return suspect.subarray(offset, offset + entry.size).some((value) => value !== 0);
        };
        for (const entry of model.entries) {
          const isCounter = entry.original.kind === "counter";
          expect([entry.name, moved(entry)]).toEqual([entry.name, mayMove.has(entry.name) && !isCounter]);
        }

        await step(model, side, 0.1);
        const after = await model.stateDict();
        for (const [entry, { data }] of before) {
          const difference = maxAbsDifference(after.get(entry)?.data ?? [], data);
          expect([entry, difference > 0]).toEqual([entry, mayMove.has(entry)]);
        }
      },
    );
  });
});

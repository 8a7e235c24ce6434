import { beforeAll, beforeEach, describe, expect, type TestContext, test } from "vitest";
import { noAugmentation } from "../../../src/datasets/augmentation.js";
import type { EngineName } from "../../../src/engine/engine.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { startWebgpuOnGpu } from "../../../src/engine/webgpu.js";
import { createModel, sampleIncrements } from "../../../src/index.js";
import { createRng } from "../../../src/random/rng.js";
import { trainStep } from "../../../src/training/gradients.js";
import { createOptimizer } from "../../../src/training/optimizer.js";
import { batchTensors } from "../../../src/training/train.js";
import { relativeDifference } from "../../training/relative-difference.js";
import { tinyData, tinyModel } from "../../training/tiny-training.js";

/** Native where it is set up; plain WebAssembly computes the same. */
const references: EngineName[] = ["tensorflow", "wasm"];
let reason = "";
let reference: EngineName = "wasm";

beforeAll(async () => {
  for (const engine of references) {
    if (await works(engine)) {
      reference = engine;
      break;
    }
  }
  await works("webgpu");
});
beforeEach((context: TestContext) => {
  if (reason !== "") context.skip(reason);
});

async function works(engine: EngineName): Promise<boolean> {
  try {
    await startEngine({ engine });
    return true;
  } catch (error) {
    if (engine === "webgpu") reason = String(error);
    return false;
  }
}

/** Three SGD steps of ResNet8 from the same weights on the same images. */
async function trained(engine: EngineName) {
  await startEngine({ engine });
  const model = tinyModel();
  const optimizer = createOptimizer("sgd", 0.05);
  const data = tinyData();
  const losses: number[] = [];
  let tensors: number | undefined;
  let allocated: number | undefined;
  for (let step = 0; step < 3; step++) {
    const { images, labels } = batchTensors(data, data.ids.slice(8 * step, 8 * step + 8), noAugmentation);
    const loss = trainStep(model, images, labels, optimizer, { training: true });
    losses.push((await loss.data())[0]);
    tf.dispose([images, labels, loss]);
    // The first step makes the optimizer's own variables.
    tensors ??= tf.memory().numTensors;
    expect(tf.memory().numTensors).toBe(tensors);
    // All the same buffers serve every later step: both are undefined on engines that do not say.
    if (step === 1) allocated = (tf.memory() as { numBytesAllocatedInGPU?: number }).numBytesAllocatedInGPU;
    if (step === 2)
      expect((tf.memory() as { numBytesAllocatedInGPU?: number }).numBytesAllocatedInGPU).toBe(allocated);
  }
  const state = await model.stateDict();
  model.dispose();
  optimizer.dispose();
  return { losses, state };
}

const labels = [1, 3, 0];

/** What three samples change, at parameters from all over the network. */
async function captured(engine: EngineName, network: string, side: number, width: number, count: number) {
  await startEngine({ engine });
  const before = tf.memory().numTensors;
  const rng = createRng("capture");
  const model = createModel(network, { classes: 4, inputShape: [side, side, 3], width, rng: rng.fork("m") });
  const pixels = rng.fork("x");
  const shape = [labels.length, side, side, 3];
  const data = Float32Array.from({ length: labels.length * side * side * 3 }, () => pixels.normal());
  const total = model.entries.reduce((sum, { size }) => sum + size, 0);
  // Counters step by exactly 1, which would hide the differences of the others.
  const isCounter = (feature: number) =>
    model.entries.some((entry) => entry.name.endsWith("tracked") && model.offsets.get(entry) === feature);
  const features = Array.from({ length: count }, (_, i) => Math.floor((i * total) / count)).filter(
    (feature) => !isCounter(feature),
  );
  const options = { optimizer: "sgd", learningRate: 0.1, trainingMode: true } as const;
  const rows = await sampleIncrements(model, { shape, data }, labels, features, options);
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return rows.data;
}

describe("webgpu agrees with another engine to float32 rounding", () => {
  test("losses, weights and running statistics of three training steps of ResNet8", async () => {
    const expected = await trained(reference);
    const found = await trained("webgpu");
    expect(relativeDifference(expected.losses, found.losses)).toBeLessThan(1e-5);
    expect([...found.state.keys()]).toEqual([...expected.state.keys()]);
    for (const [name, { data }] of expected.state) {
      const difference = relativeDifference(data, found.state.get(name)?.data ?? []);
      expect([name, difference < 2e-5]).toEqual([name, true]);
    }
  });

  // A deep network's batch norms over few positions magnify rounding: wasm and cpu differ as much from each other.
  test.each([
    ["ResNet8", 12, 4, 2000, 1e-5],
    ["CustomResNet18", 64, 2, 300, 2e-4],
  ])("the increments of each sample, %s", async (network, side, width, count, tolerance) => {
    const expected = await captured(reference, network, side, width, count);
    const found = await captured("webgpu", network, side, width, count);
    expect(relativeDifference(expected, found)).toBeLessThan(tolerance);
  });
});

test("the same sums every time: long and narrow products do not depend on who comes first", async () => {
  await startEngine({ engine: "webgpu" });
  const x = tf.randomNormal([4096, 40], 0, 1, "float32", 1);
  const product = async () => {
    const result = tf.matMul(x, x, true, false);
    const values = await result.data();
    result.dispose();
    return values;
  };
  const first = await product();
  for (let i = 0; i < 4; i++) expect(await product()).toEqual(first);
  x.dispose();
});

test("more terms than a shader can have buffers", async () => {
  await startEngine({ engine: "webgpu" });
  const before = tf.memory();
  const terms = Array.from({ length: 20 }, (_, i) => tf.fill([40, 40], 2 ** i));
  const sum = tf.addN(terms);
  expect((await sum.data())[7]).toBe(2 ** 20 - 1);
  tf.dispose([...terms, sum]);
  expect(tf.memory().numTensors).toBe(before.numTensors);
  expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
});

test("a device that plays a GPU is not taken unasked", async () => {
  const { device } = await startEngine({ engine: "webgpu" });
  const unasked = await startWebgpuOnGpu({});
  expect(unasked === undefined || (device === "gpu" && unasked.name === "webgpu")).toBe(true);
});

// Last: from here on every reading of the device fails.
test("an error of the device fails the next reading, where tfjs would return what the buffer held", async () => {
  await startEngine({ engine: "webgpu" });
  const small = tf.add(tf.ones([40, 40]), 1);
  const huge = tf.fill([2 ** 15, 2 ** 20], 1);
  await expect(small.data()).rejects.toThrow("The graphics device failed");
  tf.dispose([small, huge]);
});

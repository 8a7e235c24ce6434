import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { beforeAll, beforeEach, describe, expect, type TestContext, test } from "vitest";
import type { EngineName } from "../../../src/engine/engine.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { startWebgpuOnGpu } from "../../../src/engine/webgpu.js";
import { createModel, sampleIncrements } from "../../../src/index.js";
import { modelNames } from "../../../src/models/registry.js";
import { batchNormRelu } from "../../../src/nn/batch-norm-relu.js";
import { convolution } from "../../../src/nn/convolution.js";
import { initialise } from "../../../src/nn/init.js";
import { linear } from "../../../src/nn/linear.js";
import { Model } from "../../../src/nn/model.js";
import { globalAveragePool } from "../../../src/nn/pooling.js";
import { sequential } from "../../../src/nn/sequential.js";
import { createRng } from "../../../src/random/rng.js";
import { trainStep } from "../../../src/training/gradients.js";
import { createOptimizer, type OptimizerName } from "../../../src/training/optimizer.js";
import { relativeDifference } from "../../training/relative-difference.js";

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
    if (engine === "webgpu") reason = `webgpu does not start here: ${error}`;
    return false;
  }
}

interface Case {
  readonly network: string;
  readonly side: number;
  readonly width: number;
  readonly optimizer: OptimizerName;
  /** How far increments may be apart: a deep network's batch norms over few positions magnify rounding. */
  readonly increments: number;
}

/** Every network, narrow. */
const cases: readonly Case[] = [
  { network: "ResNet8", side: 8, width: 4, optimizer: "sgd", increments: 1e-5 },
  { network: "ViT-Micro", side: 16, width: 16, optimizer: "sgd", increments: 1e-5 },
  { network: "ResNet18", side: 16, width: 2, optimizer: "sgd", increments: 2e-4 },
  { network: "ResNet34", side: 16, width: 2, optimizer: "sgd", increments: 5e-4 },
  { network: "ResNet50", side: 16, width: 2, optimizer: "sgd", increments: 2e-2 },
  { network: "BasicResNet", side: 64, width: 2, optimizer: "sgd", increments: 2e-4 },
  { network: "CustomResNet18", side: 64, width: 2, optimizer: "sgd", increments: 1e-3 },
  { network: "CustomCNN", side: 32, width: 2, optimizer: "adam", increments: 1e-5 },
  { network: "ViT", side: 32, width: 64, optimizer: "sgd", increments: 1e-5 },
];

/** Mesa takes a second or two to compile a shader, of which a convolution of each shape has several of its own. */
const quick = ["ResNet8", "ViT-Micro"];
const tried = (network: string) => process.env.EVERY_NETWORK !== undefined || quick.includes(network);

const classes = 4;

function modelOf({ network, side, width }: Case): Model {
  const rng = createRng("weights");
  return createModel(network, { classes, inputShape: [side, side, 3], width, rng });
}

function pixels(
  count: number,
  side: number,
): { shape: [number, number, number, number]; data: Float32Array } {
  const rng = createRng("pixels");
  const data = Float32Array.from({ length: count * side * side * 3 }, () => rng.normal());
  return { shape: [count, side, side, 3], data };
}

type State = Awaited<ReturnType<Model["stateDict"]>>;

/** Losses and state of two steps on one batch. */
async function trained(engine: EngineName, given: Case) {
  await startEngine({ engine });
  const before = tf.memory().numTensors;
  const model = modelOf(given);
  const origin = await model.stateDict();
  const optimizer = createOptimizer(given.optimizer, given.optimizer === "sgd" ? 0.05 : 1e-3);
  const { shape, data } = pixels(6, given.side);
  const [images, labels] = [tf.tensor4d(data, shape), tf.tensor1d([0, 1, 2, 3, 0, 1], "int32")];
  const losses: number[] = [];
  for (let step = 0; step < 2; step++) {
    const loss = trainStep(model, images, labels, optimizer, { training: true, dropoutSeed: step });
    losses.push((await loss.data())[0]);
    loss.dispose();
  }
  const state = await model.stateDict();
  tf.dispose([images, labels]);
  model.dispose();
  optimizer.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return { losses, state, origin };
}

/** What three samples change, at parameters from all over the network. */
async function captured(engine: EngineName, given: Case) {
  await startEngine({ engine });
  const before = tf.memory().numTensors;
  const model = modelOf(given);
  // Counters step by exactly 1, which would hide the differences of the others.
  const isCounter = (feature: number) =>
    model.entries.some((entry) => entry.name.endsWith("tracked") && model.offsets.get(entry) === feature);
  const features = Array.from({ length: 300 }, (_, i) => Math.floor((i * model.stateSize) / 300)).filter(
    (feature) => !isCounter(feature),
  );
  const options = { optimizer: "sgd", learningRate: 0.1, trainingMode: true, dropoutSeed: 7 } as const;
  const rows = await sampleIncrements(model, pixels(3, given.side), [1, 3, 0], features, options);
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return rows.data;
}

test("every network has a case", () => {
  expect(cases.map(({ network }) => network).sort()).toEqual([...modelNames].sort());
});

/** Length of a - b over that of b - origin, all entries together: some alone are nothing but rounding. */
function relativeError(found: State, expected: State, origin: State): number {
  expect([...found.keys()]).toEqual([...expected.keys()]);
  let [error, change] = [0, 0];
  for (const [name, { data }] of expected) {
    const [other, start] = [found.get(name)?.data ?? [], origin.get(name)?.data ?? []];
    for (let i = 0; i < data.length; i++) {
      error += (other[i] - data[i]) ** 2;
      change += (data[i] - start[i]) ** 2;
    }
  }
  return Math.sqrt(error / change);
}

describe.each(cases)("$network agrees with another engine to float32 rounding", (given) => {
  beforeEach((context: TestContext) => {
    if (!tried(given.network)) context.skip("minutes: set EVERY_NETWORK to try it");
  });

  test("two training steps, the same bytes every time", async () => {
    const found = await trained("webgpu", given);
    expect(await trained("webgpu", given)).toEqual(found);
    const expected = await trained(reference, given);
    expect(relativeDifference(expected.losses, found.losses)).toBeLessThan(2e-4);
    expect(relativeError(found.state, expected.state, expected.origin)).toBeLessThan(10 * given.increments);
  });

  test("increments of single samples, the same bytes every time", async () => {
    const found = await captured("webgpu", given);
    expect(await captured("webgpu", given)).toEqual(found);
    const expected = await captured(reference, given);
    expect(relativeDifference(expected, found)).toBeLessThan(given.increments);
  });
});

/** In the shapes of ResNet8's first layers, which are compiled. */
test("500 steps add neither a buffer nor a tensor once some submissions are made", async () => {
  await startEngine({ engine: "webgpu" });
  const body = sequential([
    convolution("first", { inputs: 3, outputs: 4, kernel: 3, pad: 1 }),
    batchNormRelu("norm", 4),
    globalAveragePool,
  ]);
  const model = new Model("small", [8, 8, 3], classes, { body, head: linear("last", 4, classes) });
  initialise(model.entries, createRng("weights"));
  const optimizer = createOptimizer("sgd", 0.01);
  const memory = () => tf.memory() as ReturnType<typeof tf.memory> & { numBytesAllocatedInGPU: number };
  let [tensors, allocated] = [0, 0];
  for (let step = 0; step < 500; step++) {
    const [images, labels] = [tf.ones([6, 8, 8, 3]) as tf.Tensor4D, tf.tensor1d([0, 1, 2, 3, 0, 1], "int32")];
    const loss = trainStep(model, images, labels, optimizer, { training: true });
    tf.dispose([images, labels]);
    if (step % 50 === 1 || step === 499) expect(Number.isFinite((await loss.data())[0])).toBe(true);
    loss.dispose();
    if (step === 60) [tensors, allocated] = [memory().numTensors, memory().numBytesAllocatedInGPU];
  }
  expect(memory().numTensors).toBe(tensors);
  expect(memory().numBytesAllocatedInGPU).toBeLessThanOrEqual(allocated);
  model.dispose();
  optimizer.dispose();
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
  (tf.backend() as WebGPUBackend).device.createShaderModule({ code: "no shader" });
  await expect(small.data()).rejects.toThrow("The graphics device failed: Error while parsing WGSL");
  small.dispose();
});

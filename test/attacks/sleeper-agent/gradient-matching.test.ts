import { beforeAll, expect, test } from "vitest";
import { networkInput } from "../../../src/attacks/crafting/unit-images.js";
import { matchingDistance, matchingGradient } from "../../../src/attacks/sleeper-agent/gradient-matching.js";
import { innerProducts, parameterGradient } from "../../../src/attacks/sleeper-agent/parameter-gradient.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { createModel } from "../../../src/models/create-model.js";
import { relu } from "../../../src/nn/activations.js";
import { batchNorm } from "../../../src/nn/batch-norm.js";
import { convolution } from "../../../src/nn/convolution.js";
import { GateTape } from "../../../src/nn/gate-tape.js";
import { initialise } from "../../../src/nn/init.js";
import { linear } from "../../../src/nn/linear.js";
import { Model } from "../../../src/nn/model.js";
import { globalAveragePool } from "../../../src/nn/pooling.js";
import { sequential } from "../../../src/nn/sequential.js";
import { createRng } from "../../../src/random/rng.js";
import { distance, meanGradients, type Weights } from "../double-precision.js";

beforeAll(async () => {
  await startEngine();
});

const shape = { side: 6, channels: 3, hidden: 5, classes: 4 };
const normalization = { mean: [0.5, 0.4, 0.3], std: [0.5, 0.25, 0.2] };

/** The network of `double-precision.ts`, its running statistics and scales away from their start. */
function twoConvolutions(): Model {
  const { side, channels, hidden, classes } = shape;
  const body = sequential([
    convolution("conv1", { inputs: channels, outputs: hidden, kernel: 3, pad: 1 }),
    batchNorm("bn1", hidden),
    relu,
    convolution("conv2", { inputs: hidden, outputs: hidden, kernel: 3, pad: 1 }),
    relu,
    globalAveragePool,
  ]);
  const model = new Model("two", [side, side, channels], classes, {
    body,
    head: linear("head", hidden, classes),
  });
  const rng = createRng("two convolutions");
  initialise(model.entries, rng);
  for (const entry of model.entries) {
    if (!entry.name.startsWith("bn1") || entry.kind === "counter") continue;
    entry.load(Float32Array.from({ length: hidden }, () => 0.3 + rng.uniform()));
  }
  return model;
}

async function weightsOf(model: Model): Promise<Weights> {
  const read = async (name: string) => {
    const entry = model.entries.find((entry) => entry.name === name);
    if (!entry) throw new Error(`No ${name}.`);
    return Float64Array.from(await entry.value.data());
  };
  return {
    conv1: await read("conv1.weight"),
    scale: await read("bn1.weight"),
    offset: await read("bn1.bias"),
    mean: await read("bn1.running_mean"),
    variance: await read("bn1.running_var"),
    conv2: await read("conv2.weight"),
    head: await read("head.weight"),
    headBias: await read("head.bias"),
  };
}

const randomImages = (count: number, side: number, name: string): tf.Tensor4D => {
  const rng = createRng(name);
  const values = Float32Array.from({ length: count * side * side * 3 }, () => rng.uniform());
  return tf.tensor4d(values, [count, side, side, 3]);
};

const labelsOf = (...labels: number[]) => tf.tensor1d(labels, "int32");

/** The target: the gradient of other images. */
function targetOf(model: Model, side: number, entries = model.trainable) {
  const input = networkInput(randomImages(3, side, "target"), normalization);
  return parameterGradient(model, entries, input, labelsOf(2, 2, 2));
}

const normalised = (values: ArrayLike<number>) =>
  Float64Array.from(values, (v, i) => (v - normalization.mean[i % 3]) / normalization.std[i % 3]);

test("the derivative of the distance with respect to every pixel is the numeric one in float64", async () => {
  const model = twoConvolutions();
  const weights = await weightsOf(model);
  const [images, labels] = [randomImages(2, shape.side, "images"), [1, 1]];
  const target = targetOf(model, shape.side);
  const options = { normalization, target, atOnce: 8 };
  const found = await matchingGradient(model, images, labelsOf(...labels), options);

  const targetImages = normalised(await randomImages(3, shape.side, "target").data());
  const exactTarget = meanGradients(weights, shape, targetImages, [2, 2, 2]);
  const pixels = Float64Array.from(await images.data());
  const distanceAt = (values: Float64Array) =>
    distance(meanGradients(weights, shape, normalised(values), labels), exactTarget);
  expect(found.distance).toBeCloseTo(distanceAt(pixels), 5);

  const step = 1e-6;
  const numeric = pixels.map((value, i) => {
    const [up, down] = [pixels.slice(), pixels.slice()];
    up[i] = value + step;
    down[i] = value - step;
    return (distanceAt(up) - distanceAt(down)) / (2 * step);
  });
  const own = await found.dImages.data();
  const length = Math.hypot(...numeric);
  const error = Math.hypot(...numeric.map((value, i) => value - own[i])) / length;
  const agreeing = numeric.filter((value, i) => Math.sign(value) === Math.sign(own[i])).length;
  expect(error).toBeLessThan(1e-3);
  expect(agreeing / numeric.length).toBeGreaterThan(0.99);
});

const small = (name: string, side: number) =>
  createModel(name, { classes: 4, inputShape: [side, side, 3], width: 8, rng: createRng("small") });

test.each(["ResNet8", "ViT-Micro"])(
  "%s: moving the images changes the distance as the derivative says, while gates stay",
  async (name) => {
    const model = small(name, 16);
    const [images, labels] = [randomImages(3, 16, "images"), labelsOf(1, 1, 1)];
    const target = targetOf(model, 16);
    const options = { normalization, target, atOnce: 8 };
    const { distance, dImages } = await matchingGradient(model, images, labels, options);
    expect(await matchingDistance(model, images, labels, options)).toBeCloseTo(distance, 6);
    const gates = new GateTape();
    const gradientAt = (moved: tf.Tensor4D) =>
      parameterGradient(model, target.keys(), networkInput(moved, normalization), labels, gates);
    gradientAt(images);
    const slope = (await tf.sum(tf.square(dImages)).data())[0];
    const distanceAt = async (factor: number) => {
      gates.rewind();
      const gradient = gradientAt(tf.add(images, tf.mul(dImages, factor / slope)));
      const [product, square, targetSquare] = await innerProducts(
        [gradient, target],
        [gradient, gradient],
        [target, target],
      );
      return 1 - product / Math.sqrt(square * targetSquare);
    };
    // Long enough for float32 to see the change.
    const change = (await distanceAt(1e-3)) - (await distanceAt(-1e-3));
    expect(change / 2e-3).toBeCloseTo(1, 2);
  },
);

test("the images that go through together do not matter; the head alone can be matched", async () => {
  const model = small("ResNet8", 16);
  const [images, labels] = [randomImages(5, 16, "images"), labelsOf(1, 1, 1, 1, 1)];
  for (const entries of [model.trainable, model.headEntries]) {
    const target = targetOf(model, 16, [...entries]);
    const [whole, parts] = [
      await matchingGradient(model, images, labels, { normalization, target, atOnce: 8 }),
      await matchingGradient(model, images, labels, { normalization, target, atOnce: 2 }),
    ];
    expect(parts.distance).toBeCloseTo(whole.distance, 5);
    const signs = tf.tidy(() => tf.equal(tf.sign(whole.dImages), tf.sign(parts.dImages)));
    const same = (await tf.mean(tf.cast(signs, "float32")).data())[0];
    expect(same).toBeGreaterThan(0.99);
  }
});

test("weights come back bit by bit and no tensor is left, whether it ends or is stopped at any moment", async () => {
  const model = small("ResNet8", 16);
  const [images, labels] = [randomImages(3, 16, "images"), labelsOf(1, 1, 1)];
  const target = targetOf(model, 16);
  const state = await model.stateDict();
  const tensors = tf.memory().numTensors;
  let pauses = 0;
  const run = (stopAt: number) => {
    pauses = 0;
    const pause = async () => {
      if (++pauses === stopAt) throw new Error("stop");
    };
    return matchingGradient(model, images, labels, { normalization, target, atOnce: 2, pause });
  };
  const { dImages } = await run(0);
  dImages.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
  expect(await model.stateDict()).toEqual(state);
  for (let stopAt = pauses; stopAt > 0; stopAt--) {
    await expect(run(stopAt)).rejects.toThrow("stop");
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await model.stateDict()).toEqual(state);
  }
});

test("images whose gradient is the target's have nowhere to go", async () => {
  const model = small("ResNet8", 16);
  const images = randomImages(3, 16, "target");
  const options = { normalization, target: targetOf(model, 16), atOnce: 8 };
  const { distance } = await matchingGradient(model, images, labelsOf(2, 2, 2), options);
  expect(Math.abs(distance)).toBeLessThan(1e-6);
});

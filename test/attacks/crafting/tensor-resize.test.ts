import { beforeAll, expect, test } from "vitest";
import { tensorResize } from "../../../src/attacks/crafting/tensor-resize.js";
import { toLevels, unitImages } from "../../../src/attacks/crafting/unit-images.js";
import { perturb } from "../../../src/attacks/label-consistent/projected-gradient-descent.js";
import { memoryPixels } from "../../../src/datasets/pixels.js";
import { resizedPixels } from "../../../src/datasets/resize.js";
import { allIds } from "../../../src/datasets/select.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { initialise } from "../../../src/nn/init.js";
import { linear } from "../../../src/nn/linear.js";
import { Model } from "../../../src/nn/model.js";
import { flatten } from "../../../src/nn/pooling.js";
import { createRng } from "../../../src/random/rng.js";

const from = { height: 5, width: 4, channels: 3 };
const to = { height: 11, width: 11, channels: 3 };

beforeAll(async () => {
  await startEngine();
});

const random = (shape: [number, number, number, number], seed: number) =>
  tf.randomUniform(shape, 0, 1, "float32", seed) as tf.Tensor4D;

test("images are resized as the 8-bit way does it, but for its rounding", async () => {
  const rng = createRng("levels");
  const pixels = memoryPixels(
    Uint8Array.from({ length: 2 * 60 }, () => rng.int(256)),
    from,
  );
  const resize = tensorResize(from, to);
  const x = unitImages(pixels, allIds(2));
  const large = resize.apply(x);
  expect(large.shape).toEqual([2, 11, 11, 3]);
  const found = toLevels(await large.data());
  const expected = resizedPixels(pixels, 11);
  for (let row = 0; row < 2; row++)
    expected.read(row).forEach((level, i) => {
      expect(Math.abs(found[row * 363 + i] - level)).toBeLessThanOrEqual(1);
    });
  tf.dispose([x, large]);
  resize.dispose();
});

test("the way back is the transpose: <resize x, y> is <x, pull back y>", async () => {
  const before = tf.memory().numTensors;
  const resize = tensorResize(from, to);
  const [x, y] = [random([2, 5, 4, 3], 1), random([2, 11, 11, 3], 2)];
  const [large, small] = [resize.apply(x), resize.pullBack(y)];
  expect(small.shape).toEqual(x.shape);
  const [there, back] = [tf.tidy(() => tf.sum(tf.mul(large, y))), tf.tidy(() => tf.sum(tf.mul(x, small)))];
  const [expected] = await there.data();
  expect((await back.data())[0] / expected).toBeCloseTo(1, 5);
  tf.dispose([x, y, large, small, there, back]);
  resize.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("PGD against a linear two-class network that sees the resized image has a closed form", async () => {
  const before = tf.memory().numTensors;
  const model = new Model("linear", [11, 11, 3], 2, { body: flatten, head: linear("head", 363, 2) });
  initialise(model.entries, createRng("linear"));
  const weights = (await model.stateDict()).get("head.weight")?.data ?? [];
  // How much more pixel (row, column, channel) speaks for class 1 than for class 0; PyTorch flattens [C, H, W].
  const margin = tf.tensor4d(
    Float32Array.from({ length: 363 }, (_, i) => {
      const at = (i % 3) * 121 + Math.floor(i / 3);
      return weights[363 + at] - weights[at];
    }),
    [1, 11, 11, 3],
  );
  const resize = tensorResize(from, to);
  const images = random([1, 5, 4, 3], 3);
  const labels = tf.tensor1d([0], "int32");
  const normalization = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4] };
  const options = { eps: 6 / 255, alpha: 1 / 255, steps: 7, normalization };
  let steps = 0;
  const onStep = async () => void steps++;
  const result = await perturb(model, images, labels, options, { resize, onStep });
  const direction = resize.pullBack(margin);
  const [x, slope, found] = [await images.data(), await direction.data(), await result.data()];
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(Math.min(1, Math.max(0, x[i] + (6 / 255) * Math.sign(slope[i]))), 5);
  });
  expect(steps).toBe(7);
  tf.dispose([images, labels, margin, direction, result]);
  resize.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

import { beforeAll, expect, test } from "vitest";
import { captureActivations } from "../../src/capture/activations.js";
import { drawAugmentation } from "../../src/datasets/augmentation.js";
import { readBatch } from "../../src/datasets/batches.js";
import type { ImageSet } from "../../src/datasets/image-set.js";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { tf } from "../../src/engine/tf.js";
import { createModel, startEngine } from "../../src/index.js";
import { resnet } from "../../src/models/resnet/resnet.js";
import { initialise } from "../../src/nn/init.js";
import { Model } from "../../src/nn/model.js";
import { createRng } from "../../src/random/rng.js";

const normalization = { mean: [0.4, 0.5, 0.6], std: [0.5, 0.4, 0.3] };

function noise(count: number, side: number): ImageSet {
  const rng = createRng("noise");
  const images = Uint8Array.from({ length: count * side * side * 3 }, () => rng.int(256));
  return {
    pixels: memoryPixels(images, { height: side, width: side, channels: 3 }),
    labels: Int32Array.from({ length: count }, (_, i) => i % 4),
  };
}

beforeAll(async () => {
  await startEngine();
});

/** A 3x3 convolution with padding 1 in plain loops. x [side, side, inputs], weight [outputs, inputs, 3, 3] */
function convolve(x: readonly number[], side: number, inputs: number, weight: ArrayLike<number>): number[] {
  const outputs = weight.length / (9 * inputs);
  const result: number[] = [];
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++)
      for (let out = 0; out < outputs; out++) {
        let sum = 0;
        for (let r = 0; r < 3; r++)
          for (let c = 0; c < 3; c++)
            for (let i = 0; i < inputs; i++) {
              const [y, z] = [row + r - 1, column + c - 1];
              if (y < 0 || z < 0 || y >= side || z >= side) continue;
              sum += x[(y * side + z) * inputs + i] * weight[((out * inputs + i) * 3 + r) * 3 + c];
            }
        result.push(sum);
      }
  return result;
}

test("every stage's mean and maximum are those of a forward pass in plain loops", async () => {
  const [side, width] = [6, 2];
  const model = new Model("one block", [side, side, 3], 4, resnet({ widths: [width], blocks: [1] }, 3, 4));
  initialise(model.entries, createRng("weights"));
  // Running statistics other than 0 and 1, so that a pass in training mode would show.
  for (const entry of model.entries) {
    if (entry.kind === "buffer") entry.load(Float32Array.from({ length: width }, (_, i) => 0.3 + 0.2 * i));
  }
  const set = noise(3, side);
  const ids = Int32Array.of(2, 0);
  const state = await model.stateDict();
  const of = (name: string) => state.get(name)?.data ?? [];
  const norm = (x: readonly number[], name: string) =>
    x.map((value, i) => {
      const c = i % width;
      const scaled = (value - of(`${name}.running_mean`)[c]) / Math.sqrt(of(`${name}.running_var`)[c] + 1e-5);
      return scaled * of(`${name}.weight`)[c] + of(`${name}.bias`)[c];
    });
  const relu = (x: readonly number[]) => x.map((value) => Math.max(0, value));
  const { images } = readBatch(set, ids, { normalization, augmentation: { kind: "none", key: 0 } });
  const size = side * side * 3;
  const expected = [...ids.keys()].flatMap((row) => {
    const x = [...images.subarray(row * size, (row + 1) * size)];
    const stem = relu(norm(convolve(x, side, 3, of("conv1.weight")), "bn1"));
    const inner = relu(norm(convolve(stem, side, width, of("layer1.0.conv1.weight")), "layer1.0.bn1"));
    const body = norm(convolve(inner, side, width, of("layer1.0.conv2.weight")), "layer1.0.bn2");
    const block = relu(body.map((value, i) => value + stem[i]));
    return [stem, block].flatMap((map) => {
      const channels = [0, 1].map((c) => map.filter((_, i) => i % width === c));
      const means = channels.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
      return [...means, ...channels.map((values) => Math.max(...values))];
    });
  });
  const before = tf.memory().numTensors;
  const activations = await captureActivations(model, set, ids, { normalization });
  expect(tf.memory().numTensors).toBe(before);
  expect([activations.rows, activations.cols]).toEqual([2, 8]);
  activations.data.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 4);
  });
  model.dispose();
});

const places = (stages: string, statistics = "mean max") =>
  stages.split(" ").flatMap((stage) => statistics.split(" ").map((statistic) => `${stage} ${statistic}`));

test.each([
  ["ResNet8", 32, places("stem layer1 layer2 layer3")],
  ["ResNet50", 32, places("stem layer1 layer2 layer3 layer4")],
  ["BasicResNet", 64, places("stem layer1 layer2 layer3 layer4")],
  ["CustomCNN", 32, [...places("conv1 conv2 conv3 conv4 conv5"), ...places("hidden1 hidden2", "value")]],
  ["ViT-Micro", 32, [...places("block1 block2"), ...places("norm", "value")]],
] as const)(
  "%s has its stages in the table, one column a channel, and its own logits",
  async (name, side, expected) => {
    const width = name === "ViT-Micro" ? 16 : 2;
    const model = createModel(name, { classes: 4, inputShape: [side, side, 3], width, rng: createRng("m") });
    const set = noise(5, side);
    const ids = Int32Array.of(4, 1, 3);
    const { groups, cols, data, logits } = await captureActivations(model, set, ids, { normalization });
    expect(groups.map(({ stage, statistic }) => `${stage} ${statistic}`)).toEqual(expected);
    expect(groups.reduce((next, { first, count }) => (first === next ? next + count : Number.NaN), 0)).toBe(
      cols,
    );
    expect(data.length).toBe(3 * cols);
    expect(data.every(Number.isFinite)).toBe(true);
    const { images } = readBatch(set, ids, { normalization, augmentation: { kind: "none", key: 0 } });
    const predicted = model.predict(tf.tensor4d(images, [3, side, side, 3]));
    expect([...logits]).toEqual([...(await predicted.data())]);
    model.dispose();
  },
);

test("a row is the same in any company; it shows the augmentation asked for, and an aborted capture stops", async () => {
  const model = createModel("ResNet8", {
    classes: 4,
    inputShape: [16, 16, 3],
    width: 2,
    rng: createRng("m"),
  });
  const set = noise(130, 16);
  const all = await captureActivations(model, set, Int32Array.from(set.labels.keys()), { normalization });
  const alone = await captureActivations(model, set, Int32Array.of(129), { normalization });
  alone.data.forEach((value, i) => {
    expect(value).toBeCloseTo(all.data[129 * all.cols + i], 5);
  });
  const augmentation = drawAugmentation("crop-flip", createRng("a"));
  const moved = await captureActivations(model, set, Int32Array.of(129), { normalization, augmentation });
  expect([...moved.data]).not.toEqual([...alone.data]);
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(captureActivations(model, set, Int32Array.of(0), { normalization, signal })).rejects.toThrow(
    "enough",
  );
  model.dispose();
});

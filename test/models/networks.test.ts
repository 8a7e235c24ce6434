import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imageTensor, labelTensor } from "../../src/api/arrays.js";
import { tf } from "../../src/engine/tf.js";
import { UserError } from "../../src/errors.js";
import { lossAndGradients, predict, startEngine } from "../../src/index.js";
import { buildNetwork, checkImageSize, createModel } from "../../src/models/create-model.js";
import { models } from "../../src/models/registry.js";
import { relu } from "../../src/nn/activations.js";
import { batchNorm } from "../../src/nn/batch-norm.js";
import { convolution } from "../../src/nn/convolution.js";
import { toPytorchLayout } from "../../src/nn/layout.js";
import { linear } from "../../src/nn/linear.js";
import { Model } from "../../src/nn/model.js";
import { globalAveragePool } from "../../src/nn/pooling.js";
import { sequential } from "../../src/nn/sequential.js";
import { batchGradients } from "../../src/training/gradients.js";
import { golden, goldenImages, goldenModel, maxAbsDifference } from "../golden.js";

type Probe =
  | { name: string; gradient?: undefined; probe_index: number[]; float64: { l2: number; probe: number[] } }
  /** A parameter that no output depends on. */
  | { name: string; gradient: null };
interface Mode {
  float64: { logits: number[][]; loss: number };
  running_after_float64?: Record<string, { running_mean: number[]; running_var: number[] }>;
  gradients: Probe[];
}
interface Forward {
  samples: number[];
  labels: number[];
  eval: Mode;
  train?: Mode;
}
interface StateDescription {
  total_elements: number;
  parameters: number;
  parameter_order: string[];
  state_dict: { name: string; shape: number[]; offset: number; alias_of?: string }[];
}

const describeState = (model: Model) =>
  model.entries.map((entry) => ({
    name: entry.name,
    shape: entry.shape,
    offset: model.offsets.get(entry),
    alias_of: entry.kind === "alias" ? entry.original.name : undefined,
  }));

/** In a plain loop: some layers have millions of weights. */
function lengthOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return Math.sqrt(sum);
}

const expectedState = ({ state_dict }: StateDescription) =>
  state_dict.map(({ name, shape, offset, alias_of }) => ({ name, shape, offset, alias_of }));

beforeAll(async () => {
  await startEngine();
});

describe("state dict has PyTorch's names, shapes, order, offsets and second names", () => {
  test.each([
    ["ResNet34", 4, 32, 10, "resnet34_w4"],
    ["ResNet50", 4, 32, 10, "resnet50_w4"],
    ["BasicResNet", 64, 64, 10, "basic_resnet18"],
    ["CustomCNN", 64, 32, 10, "custom_cnn"],
    ["CustomResNet18", 64, 224, 100, "custom_resnet18"],
  ] as const)("%s, width %d", (name, width, side, classes, fixture) => {
    // Without initial weights, which take their time.
    const network = buildNetwork(name, { classes, inputShape: [side, side, 3], width });
    const model = new Model(name, [side, side, 3], classes, network);
    const expected = golden<StateDescription>(`state_dict_${fixture}`);
    expect(describeState(model)).toEqual(expectedState(expected));
    expect(model.stateSize).toBe(expected.total_elements);
    expect(model.trainable.map((entry) => entry.name)).toEqual(expected.parameter_order);
    const parameters = model.trainable.reduce((sum, entry) => sum + entry.size, 0);
    expect(parameters).toBe(expected.parameters);
  });
});

test("biased convolutions with batch norm, as in a small network made for the purpose", () => {
  const conv = (name: string, inputs: number, outputs: number) =>
    convolution(name, { inputs, outputs, kernel: 3, stride: 2, pad: 1, bias: true });
  const body = sequential([
    ...[conv("conv1", 3, 8), batchNorm("bn1", 8), relu],
    ...[conv("conv2", 8, 16), batchNorm("bn2", 16), relu, globalAveragePool],
  ]);
  const model = new Model("TinyCnn", [32, 32, 3], 10, { body, head: linear("fc", 16, 10) });
  expect(describeState(model)).toEqual(expectedState(golden("state_dict_tiny_cnn")));
});

describe("a sample alone in training mode needs two positions in the smallest map", () => {
  const names = ["ResNet8", "ResNet18", "ResNet34", "ResNet50", "BasicResNet", "CustomResNet18"] as const;
  test.each(names)("%s", (name) => {
    const { shrink = 0 } = models[name];
    for (const side of [shrink, shrink + 1]) {
      const check = () => checkImageSize(name, [side, side, 3], true);
      const model = createModel(name, { classes: 2, inputShape: [side, side, 3], width: 2 });
      const x = tf.ones([2, side, side, 3]) as tf.Tensor4D;
      const forward = () =>
        model.forward(x, { training: true, statistics: "sample", record: false }).dispose();
      if (side === shrink) {
        expect(check).toThrow(`${name} shrinks ${side}x${side} images to one position`);
        expect(forward).toThrow(UserError);
        checkImageSize(name, [side, side, 3], false);
      } else {
        check();
        forward();
      }
      x.dispose();
      model.dispose();
    }
  });

  test("other networks do not normalise batches; images of the wrong size are refused in any case", () => {
    checkImageSize("CustomCNN", [32, 32, 3], true);
    expect(() => checkImageSize("CustomCNN", [224, 224, 3], false)).toThrow(/made for 32x32/);
    expect(() => checkImageSize("ViT", [100, 100, 3], false)).toThrow(/patches of 16x16/);
    expect(() => checkImageSize("VGG", [32, 32, 3], false)).toThrow(/Unknown model "VGG"/);
  });
});

describe.each([
  ["auto", "ResNet34", 4, 32, "resnet34_w4"],
  ["auto", "ResNet50", 4, 32, "resnet50_w4"],
  ["auto", "BasicResNet", 64, 64, "basic_resnet18"],
  ["auto", "CustomCNN", 64, 32, "custom_cnn"],
  ["auto", "CustomResNet18", 8, 64, "custom_resnet18_w8"],
  ["wasm", "ResNet50", 4, 32, "resnet50_w4"],
  ["wasm", "CustomResNet18", 8, 64, "custom_resnet18_w8"],
] as const)(
  "engine %s: %s (width %d, %d pixels) has PyTorch's numbers",
  (engine, name, width, side, fixture) => {
    const expected = golden<Forward>(`forward_${fixture}`);
    let model: Model;
    let tensors = 0;
    beforeAll(async () => {
      await startEngine({ engine });
      tensors = tf.memory().numTensors;
      model = goldenModel(name, `state_dict_${fixture}`, width, side);
    });
    afterAll(() => {
      model.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    });

    test("logits", async () => {
      const logits = await predict(model, goldenImages(expected.samples, side));
      expect(maxAbsDifference(logits.data, expected.eval.float64.logits.flat())).toBeLessThan(5e-5);
    });

    test.each(["eval", "train"] as const)("loss, gradients and running statistics, %s mode", async (mode) => {
      const reference = expected[mode];
      if (!reference) return;
      const images = goldenImages(expected.samples, side);
      const trainingMode = mode === "train";
      const result = await lossAndGradients(model, images, expected.labels, { trainingMode });
      expect(result.loss).toBeCloseTo(reference.float64.loss, 4);
      for (const probe of reference.gradients) {
        const gradient = result.gradients.get(probe.name);
        if (probe.gradient === null) {
          expect(gradient, probe.name).toBeUndefined();
          continue;
        }
        const { l2, probe: values } = probe.float64;
        const data = gradient?.data ?? new Float32Array();
        const norm = lengthOf(data);
        expect(Math.abs(norm - l2) / l2, `${probe.name}: norm`).toBeLessThan(1e-4);
        const probed = probe.probe_index.map((i) => data[i]);
        expect(maxAbsDifference(probed, values) / l2, `${probe.name}: elements`).toBeLessThan(1e-4);
      }
      if (!reference.running_after_float64) return;
      const [x, y] = [imageTensor(images), labelTensor(expected.labels, images, model)];
      const { loss, gradients, statistics } = batchGradients(model, x, y, { training: trainingMode });
      for (const [norm, after] of Object.entries(reference.running_after_float64)) {
        for (const kind of ["running_mean", "running_var"] as const) {
          const entry = model.entries.find((candidate) => candidate.name === `${norm}.${kind}`);
          if (!entry) throw new Error(`no ${norm}.${kind}`);
          const batch = await statistics.get(entry)?.data();
          const old = toPytorchLayout(entry.shape, await entry.value.data());
          const updated = old.map((value, i) => 0.9 * value + 0.1 * (batch?.[i] ?? Number.NaN));
          expect(maxAbsDifference(updated, after[kind]), `${norm}.${kind}`).toBeLessThan(1e-5);
        }
      }
      tf.dispose([x, y, loss, ...gradients.values(), ...statistics.values()]);
    });
  },
);

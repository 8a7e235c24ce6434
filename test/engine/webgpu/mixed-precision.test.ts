import { expect, test } from "vitest";
import type { Precision } from "../../../src/engine/engine.js";
import { gradientScale, storageOf, useMixedPrecision } from "../../../src/engine/kernels/webgpu/storage.js";
import { webgpuKernels } from "../../../src/engine/kernels/webgpu-kernels.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { sampleIncrements } from "../../../src/index.js";
import { batchNormRelu, batchNormSumRelu } from "../../../src/nn/batch-norm-relu.js";
import { convolution } from "../../../src/nn/convolution.js";
import { initialise } from "../../../src/nn/init.js";
import { linear } from "../../../src/nn/linear.js";
import { Model } from "../../../src/nn/model.js";
import { globalAveragePool } from "../../../src/nn/pooling.js";
import { residual } from "../../../src/nn/residual.js";
import { sequential } from "../../../src/nn/sequential.js";
import { createRng } from "../../../src/random/rng.js";
import { trainStep } from "../../../src/training/gradients.js";
import { sgd } from "../../../src/training/optimizer.js";
import { relativeDifference } from "../../training/relative-difference.js";
import { numbers, onWebgpu } from "./on-webgpu.js";

onWebgpu("mixed");

/** One shape for all: each is shaders to compile. */
const [side, channels, classes] = [8, 4, 4];
const shape: [number, number, number, number] = [6, side, side, channels];
const filterShape: [number, number, number, number] = [3, 3, channels, channels];
const geometry = { stride: 1, pad: 1 };

const parameters = () => ({
  scale: tf.ones([channels]) as tf.Tensor1D,
  offset: tf.zeros([channels]) as tf.Tensor1D,
});
const { batchNormRelu: fused, sampleFilterGradient, ...kernels } = webgpuKernels;

/**
 * All that a training step makes of a convolution and its batch norms, in order.
 * @param before what is read in place of what is made
 */
function made([x, w, dz]: readonly tf.Tensor4D[], before: readonly tf.Tensor4D[] = []): tf.Tensor4D[] {
  if (!fused || !sampleFilterGradient) throw new Error("The engine lacks a kernel.");
  const results: tf.Tensor4D[] = [];
  const next = (result: tf.Tensor | undefined): tf.Tensor4D => {
    if (result === undefined) throw new Error("A kernel gave nothing.");
    results.push(result as tf.Tensor4D);
    return before[results.length - 1] ?? (result as tf.Tensor4D);
  };
  const y = next(kernels.convolution(x, w, geometry, true));
  const relu = fused.forward(y, parameters(), "sample");
  const addend = next(relu.output);
  const end = fused.forward(y, parameters(), "batch", addend);
  const z = next(end.output);
  const gradient = fused.gradient(dz, y, end.saved, "batch", z);
  const dAddend = next(gradient.addend);
  const dy = next(gradient.input);
  const dx = next(kernels.convolutionInputGradient(dy, w, shape, geometry));
  next(fused.gradient(dAddend, y, relu.saved, "sample").input);
  next(kernels.sum(dy, dx));
  next(kernels.convolutionFilterGradient(z, dy, filterShape, geometry));
  next(sampleFilterGradient(z, dy, filterShape, geometry, Int32Array.of(3, 50)));
  return results;
}

test("every kernel gives what float32 gives, rounded to 16 bits where that is kept", async () => {
  const [x, w, dz] = [numbers("x", shape), numbers("w", filterShape), numbers("dz", shape)];
  const operands = [x.tensor, w.tensor, tf.mul<tf.Tensor4D>(dz.tensor, 0.1)];
  const halves = made(operands);
  expect(halves.map(storageOf)).toEqual([
    ...["float16", "float16", "float16"],
    ...Array.from({ length: 5 }, () => "scaled float16"),
    ...["float32", "float32"],
  ]);
  const found: ArrayLike<number>[] = [];
  for (const tensor of halves) found.push(await tensor.data());
  // Whoever reads a tensor finds float32 in it.
  expect(new Set(halves.map(storageOf))).toEqual(new Set(["float32"]));

  const ofAddend = 2 ** -11 * Math.max(...Array.from(found[3], Math.abs));
  useMixedPrecision(false);
  const whole = made(operands, halves);
  useMixedPrecision(true);
  for (const [k, tensor] of whole.entries()) {
    for (const [i, value] of (await tensor.data()).entries()) {
      const allowed = k < 3 ? halfUnit(value) : k < 8 ? halfUnit(value * gradientScale) / gradientScale : 0;
      // At the end of a block the gradient is made from the addend's, which is rounded itself.
      if (k === 4 && Math.abs(found[k][i] - value) <= allowed + ofAddend) continue;
      if (!(Math.abs(found[k][i] - value) <= allowed)) expect([k, i, found[k][i]]).toEqual([k, i, value]);
    }
  }
});

/** Half of what lies between neighbouring numbers of float16. */
const halfUnit = (value: number): number => 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value)))) - 11);

test("a gradient beyond what 16 bits reach counts as the last that they do", async () => {
  if (!fused) throw new Error("The engine lacks a kernel.");
  const x = kernels.convolution(numbers("x", shape).tensor, numbers("w", filterShape).tensor, geometry, true);
  const { output, saved } = fused.forward(x, parameters(), "batch", x);
  const dz = tf.mul(numbers("dz", shape).tensor, 1e6) as tf.Tensor4D;
  const { input } = fused.gradient(dz, x, saved, "batch", output);
  expect(storageOf(input)).toBe("scaled float16");
  const values = await input.data();
  expect([Math.min(...values), Math.max(...values)]).toEqual([-65504 / gradientScale, 65504 / gradientScale]);
});

/** Every convolution of one shape: its shaders are those of the test above. */
function smallNetwork(): Model {
  const conv = (name: string) =>
    convolution(name, { inputs: channels, outputs: channels, kernel: 3, ...geometry });
  const block = residual({ body: conv("second"), end: batchNormSumRelu("norm2", channels) });
  const body = sequential([conv("first"), batchNormRelu("norm1", channels), block, globalAveragePool]);
  const model = new Model("small", [side, side, channels], classes, {
    body,
    head: linear("last", channels, classes),
  });
  initialise(model.entries, createRng("weights"));
  return model;
}

/** The weights after three steps, and what three samples would change in them. */
async function trained(precision: Precision) {
  await startEngine({ engine: "webgpu", precision });
  const before = tf.memory().numTensors;
  const model = smallNetwork();
  const optimizer = sgd({ learningRate: 0.05 });
  const { values, tensor: images } = numbers("images", shape);
  const labels = tf.tensor1d([0, 1, 2, 3, 0, 1], "int32");
  for (let step = 0; step < 3; step++)
    trainStep(model, images, labels, optimizer, { training: true }).dispose();
  const weights = [...(await model.stateDict()).values()].flatMap(({ data }) => [...data]);
  const features = Array.from({ length: 200 }, (_, k) => k);
  const options = { optimizer: "sgd", learningRate: 0.1, trainingMode: true } as const;
  const pixels = {
    shape: [3, side, side, channels],
    data: values.slice(0, (3 * values.length) / 6),
  } as const;
  const { data: increments } = await sampleIncrements(model, pixels, [1, 3, 0], features, options);
  tf.dispose([images, labels]);
  optimizer.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return { weights, increments: [...increments] };
}

test("a network's steps and increments: near float32, not the same, and the same bytes every time", async () => {
  const [mixed, again, plain] = [await trained("mixed"), await trained("mixed"), await trained("float32")];
  expect(again).toEqual(mixed);
  for (const kind of ["weights", "increments"] as const) {
    const difference = relativeDifference(plain[kind], mixed[kind]);
    expect([kind, difference > 1e-6, difference < 5e-3]).toEqual([kind, true, true]);
  }
});

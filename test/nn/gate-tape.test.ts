import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { startEngine } from "../../src/index.js";
import { leakyRelu, relu } from "../../src/nn/activations.js";
import { batchNormSumRelu } from "../../src/nn/batch-norm-relu.js";
import { convolution } from "../../src/nn/convolution.js";
import { GateTape } from "../../src/nn/gate-tape.js";
import { initialise } from "../../src/nn/init.js";
import type { GradientSink } from "../../src/nn/layer.js";
import { linear } from "../../src/nn/linear.js";
import { crossEntropy } from "../../src/nn/loss.js";
import { Model } from "../../src/nn/model.js";
import { flatten, maxPool } from "../../src/nn/pooling.js";
import { residual } from "../../src/nn/residual.js";
import { sequential } from "../../src/nn/sequential.js";
import type { StateEntry } from "../../src/nn/state-entry.js";
import { createRng } from "../../src/random/rng.js";
import { maxAbsDifference } from "../golden.js";
import { literalLoss, type Weights } from "./literal-network.js";

const labels = [1, 2];

/** Every piecewise linear layer once. The literal network of the same shape is in `literal-network.ts`. */
function smallModel(): Model {
  const inner = convolution("inner", { inputs: 4, outputs: 4, kernel: 3, pad: 1, bias: true });
  const body = sequential([
    convolution("first", { inputs: 2, outputs: 4, kernel: 3, pad: 1, bias: true }),
    relu,
    maxPool({ kernel: 3, stride: 2, pad: 1 }),
    residual({ body: inner, end: batchNormSumRelu("norm", 4) }),
    flatten,
    linear("hidden", 36, 8),
    leakyRelu(0.1),
  ]);
  const model = new Model("small", [6, 6, 2], 3, { body, head: linear("last", 8, 3) });
  initialise(model.entries, createRng("gates"));
  return model;
}

const draw = (name: string, size: number): Float32Array => {
  const rng = createRng(name);
  return Float32Array.from({ length: size }, () => rng.normal());
};

interface Result {
  readonly logits: Float32Array;
  readonly dx: Float32Array;
  readonly gradients: Map<string, Float32Array>;
}

async function forwardAndBackward(model: Model, x: tf.Tensor4D, gates?: GateTape): Promise<Result> {
  const collected = new Map<StateEntry, tf.Tensor>();
  const sink: GradientSink = {
    mode: "batch",
    wants: (entry) => entry.kind === "parameter",
    elements: () => new Int32Array(0),
    put: (entry, gradient) => void collected.set(entry, gradient),
  };
  const y = tf.tensor1d(labels, "int32");
  const recorded = model.forward(x, { training: false, statistics: "batch", record: true, gates });
  const { loss, gradient } = crossEntropy(recorded.output as tf.Tensor2D, y);
  const logits = (await recorded.output.data()) as Float32Array;
  const dx = recorded.backward(gradient, sink, true);
  if (!dx) throw new Error("no image gradient");
  const gradients = new Map<string, Float32Array>();
  for (const [entry, value] of collected) gradients.set(entry.name, (await value.data()) as Float32Array);
  const result = { logits, dx: (await dx.data()) as Float32Array, gradients };
  tf.dispose([y, loss, gradient, dx, ...collected.values()]);
  recorded.dispose();
  return result;
}

async function weightsOf(model: Model): Promise<Weights> {
  const weights: Weights = new Map();
  for (const [name, { data }] of await model.stateDict()) weights.set(name, Float64Array.from(data));
  return weights;
}

/** a + factor * b */
const moved = (a: Weights, b: Weights, factor: number): Weights =>
  new Map(
    Array.from(a, ([name, values]) => [name, values.map((w, i) => w + factor * (b.get(name)?.[i] ?? 0))]),
  );

const norm = (weights: Weights): number =>
  Math.sqrt([...weights.values()].reduce((sum, values) => sum + values.reduce((s, w) => s + w * w, 0), 0));

describe.each(["auto", "wasm"] as const)("engine %s", (engine) => {
  let model: Model;
  let x: tf.Tensor4D;
  let tensors = 0;
  beforeEach(async () => {
    await startEngine({ engine });
    tensors = tf.memory().numTensors;
    model = smallModel();
    x = tf.tensor4d(draw("x", 2 * 6 * 6 * 2), [2, 6, 6, 2]);
  });
  afterEach(() => {
    model.dispose();
    x.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test("at the same weights, recorded gates give what no gates give, as often as they are used", async () => {
    const plain = await forwardAndBackward(model, x);
    const tape = new GateTape();
    const passes = [await forwardAndBackward(model, x, tape)];
    for (let use = 0; use < 2; use++) {
      tape.rewind();
      passes.push(await forwardAndBackward(model, x, tape));
    }
    tape.dispose();
    for (const pass of passes) {
      expect(maxAbsDifference(pass.logits, plain.logits)).toBeLessThan(1e-7);
      expect(maxAbsDifference(pass.dx, plain.dx)).toBeLessThan(1e-7);
      for (const [name, gradient] of plain.gradients)
        expect(maxAbsDifference(pass.gradients.get(name) ?? [], gradient), name).toBeLessThan(1e-7);
    }
  });

  test("fixed gates stay when the weights change", async () => {
    const tape = new GateTape();
    await forwardAndBackward(model, x, tape);
    const weights = await weightsOf(model);
    const open = literalLoss(await dataOf(x), labels, weights);
    const other = moved(weights, directionFor(weights), 0.3);
    load(model, other);
    tape.rewind();
    const fixed = await forwardAndBackward(model, x, tape);
    const expected = literalLoss(await dataOf(x), labels, other, open.gates);
    expect(maxAbsDifference(fixed.logits, expected.logits)).toBeLessThan(1e-5);
    // The gates did change.
    const free = literalLoss(await dataOf(x), labels, other);
    expect(maxAbsDifference(free.logits, expected.logits)).toBeGreaterThan(1e-2);
    tape.dispose();
  });

  test("finite differences along weights with fixed gates give the mixed second derivative", async () => {
    const weights = await weightsOf(model);
    const direction = directionFor(weights);
    const pixels = [0, 7, 30, 41, 66, 71, 72, 90, 101, 120, 133, 143];
    const reference = mixedDerivative(await dataOf(x), weights, direction, pixels);
    const tape = new GateTape();
    await forwardAndBackward(model, x, tape);
    for (const eta of [1e-2, 1e-3, 3e-4]) {
      const h = (eta * norm(weights)) / norm(direction);
      const sides: Float32Array[] = [];
      for (const sign of [1, -1]) {
        load(model, moved(weights, direction, sign * h));
        tape.rewind();
        sides.push((await forwardAndBackward(model, x, tape)).dx);
      }
      const found = pixels.map((pixel) => (sides[0][pixel] - sides[1][pixel]) / (2 * h));
      const error = Math.hypot(...found.map((value, i) => value - reference[i]));
      expect(error / Math.hypot(...reference), `eta ${eta}`).toBeLessThan(1e-3);
    }
    tape.dispose();
  });

  test("a pass with more layers than gates is an error", async () => {
    const tape = new GateTape();
    tape.record([x]);
    tape.rewind();
    expect(() => tape.record([x])).toThrow(/used, not recorded/);
    expect(tape.next()).toHaveLength(1);
    expect(() => tape.next()).toThrow(/holds 1 gates/);
    tape.dispose();
  });
});

const dataOf = async (x: tf.Tensor): Promise<Float64Array> => Float64Array.from(await x.data());

const directionFor = (weights: Weights): Weights =>
  new Map(Array.from(weights, ([name, { length }]) => [name, Float64Array.from(draw(`v/${name}`, length))]));

function load(model: Model, weights: Weights): void {
  const shapes = new Map(model.entries.map((entry) => [entry.name, entry.shape]));
  model.loadStateDict(
    new Map(Array.from(weights, ([name, data]) => [name, { shape: shapes.get(name) ?? [], data }])),
  );
}

/** d/dx of <d loss / d weights, direction> at some pixels, by differences in float64 with the gates fixed. */
function mixedDerivative(
  x: Float64Array,
  weights: Weights,
  direction: Weights,
  pixels: readonly number[],
): number[] {
  const { gates } = literalLoss(x, labels, weights);
  const [h, d] = [1e-4, 1e-4];
  const at = (pixel: number, dx: number, dw: number) => {
    const shifted = x.slice();
    shifted[pixel] += dx;
    return literalLoss(shifted, labels, moved(weights, direction, dw), gates).loss;
  };
  return pixels.map(
    (pixel) => (at(pixel, d, h) - at(pixel, -d, h) - at(pixel, d, -h) + at(pixel, -d, -h)) / (4 * h * d),
  );
}

import { beforeAll, describe, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { startEngine } from "../../src/index.js";
import { createDnn } from "../../src/models/dnn.js";
import { toPytorchLayout } from "../../src/nn/layout.js";
import { createRng } from "../../src/random/rng.js";
import { batchGradients, trainStep } from "../../src/training/gradients.js";
import { fillWithFormula, golden, maxAbsDifference } from "../golden.js";

interface Mode {
  float64: { logits: number[][]; loss: number };
  running_after_float64: Record<string, { running_mean: number[]; running_var: number[] }>;
  gradients: {
    name: string;
    gradient?: 0 | null;
    probe_index: number[];
    float64: { l2: number; probe: number[] };
  }[];
}
interface Forward {
  samples: number[];
  labels: number[];
  eval: Mode;
  train: Mode;
}
interface StateDescription {
  parameter_order: string[];
  state_dict: { name: string; shape: number[]; offset: number }[];
}

const INPUTS = 20;
const expected = golden<Forward>("forward_dnn");
const create = (dropoutRate?: number) =>
  createDnn({ inputs: INPUTS, classes: 2, dropoutRate, rng: createRng("dnn") });

/** The golden vector n: x[j] = sin(0.7 n + 0.17 j (1 + n)). */
function goldenVectors(): tf.Tensor4D {
  const values = expected.samples.flatMap((n) =>
    Array.from({ length: INPUTS }, (_, j) => Math.sin(0.7 * n + 0.17 * j * (1 + n))),
  );
  return tf.tensor4d(values, [expected.samples.length, 1, 1, INPUTS]);
}

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

beforeAll(async () => {
  await startEngine();
});

test("state dict as PyTorch's, with the tenth batch norm that nothing uses", () => {
  const model = create();
  const { state_dict, parameter_order } = golden<StateDescription>("state_dict_dnn");
  const actual = model.entries.map((entry) => ({
    name: entry.name,
    shape: entry.shape,
    offset: model.offsets.get(entry),
  }));
  expect(actual).toEqual(state_dict.map(({ name, shape, offset }) => ({ name, shape, offset })));
  expect(model.trainable.map(({ name }) => name)).toEqual(parameter_order);
  model.dispose();
});

describe.each(["eval", "train"] as const)("against PyTorch without dropout, %s mode", (mode) => {
  test("logits, loss, gradients and running statistics; no tensor is left behind", async () => {
    const model = create(0);
    fillWithFormula(model, "state_dict_dnn");
    const x = goldenVectors();
    const y = tf.tensor1d(expected.labels, "int32");
    const before = tf.memory().numTensors;
    const training = mode === "train";
    const pass = { training, statistics: "batch", record: false, dropoutSeed: 1 } as const;
    const { output } = model.forward(x, pass);
    const wanted = expected[mode];
    // PyTorch's own float32 logits are 2e-6 off its float64 ones in training mode.
    expect(maxAbsDifference(await output.data(), wanted.float64.logits.flat())).toBeLessThan(5e-5);
    output.dispose();

    const { loss, gradients, statistics } = batchGradients(model, x, y, { training, dropoutSeed: 1 });
    expect((await loss.data())[0]).toBeCloseTo(wanted.float64.loss, 5);
    for (const probe of wanted.gradients) {
      const entry = model.entries.find(({ name }) => name === probe.name);
      const gradient = entry && gradients.get(entry);
      expect(gradient === undefined, probe.name).toBe(probe.gradient === null);
      if (!entry || !gradient || probe.gradient !== undefined) continue;
      const values = toPytorchLayout(entry.shape, await gradient.data());
      const probed = probe.probe_index.map((i) => values[i]);
      const { l2, probe: elements } = probe.float64;
      expect(Math.abs(norm(values) / l2 - 1), `${probe.name}: norm`).toBeLessThan(2e-4);
      expect(maxAbsDifference(probed, elements) / l2, `${probe.name}: elements`).toBeLessThan(2e-4);
    }
    tf.dispose([loss, ...gradients.values(), ...statistics.values()]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, y]);
    model.dispose();
  });
});

test("a training step moves the running statistics as PyTorch's does", async () => {
  const model = create(0);
  fillWithFormula(model, "state_dict_dnn");
  const x = goldenVectors();
  const y = tf.tensor1d(expected.labels, "int32");
  trainStep(model, x, y, { step() {} }, { training: true, dropoutSeed: 1 }).dispose();
  const state = await model.stateDict();
  for (const [name, statistics] of Object.entries(expected.train.running_after_float64)) {
    for (const kind of ["running_mean", "running_var"] as const) {
      const values = state.get(`${name}.${kind}`)?.data ?? [];
      expect(maxAbsDifference(values, statistics[kind]), `${name}.${kind}`).toBeLessThan(1e-5);
    }
  }
  tf.dispose([x, y]);
  model.dispose();
});

test("dropout is off in evaluation, unlike the original's: predictions do not waver", async () => {
  const model = create();
  const x = goldenVectors();
  const [first, second] = [model.predict(x), model.predict(x)];
  expect(await first.data()).toEqual(await second.data());
  tf.dispose([x, first, second]);
  model.dispose();
});

import { beforeAll, describe, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { startEngine } from "../../src/index.js";
import { StateEntry } from "../../src/nn/state-entry.js";
import { adam, createOptimizer, type Optimizer, radam, sgd } from "../../src/training/optimizer.js";
import { cosineRate } from "../../src/training/schedule.js";
import { golden, maxAbsDifference } from "../golden.js";

interface Golden {
  start: number[];
  gradients: number[][];
  cosine: { lr: number; T_max: number; rates: number[] };
  sgd: Run;
  sgd_nesterov: Run;
  adam: Run;
  radam: Run;
}
interface Run {
  float64: { after_step: number[][] };
}
const expected = golden<Golden>("optim");

beforeAll(async () => {
  await startEngine();
});

function startEntry(): StateEntry {
  const entry = new StateEntry("w", "parameter", [expected.start.length]);
  entry.load(expected.start);
  return entry;
}

async function stepAndCompare(optimizer: Optimizer, entry: StateEntry, from: number, to: number, run: Run) {
  for (let step = from; step < to; step++) {
    const gradient = tf.tensor1d(expected.gradients[step]);
    optimizer.step(new Map([[entry, gradient]]));
    gradient.dispose();
    expect(maxAbsDifference(await entry.value.data(), run.float64.after_step[step])).toBeLessThan(2e-6);
  }
}

describe("eight steps agree with PyTorch", () => {
  test.each([
    ["sgd", () => sgd({ learningRate: 0.1, nesterov: false })],
    ["sgd_nesterov", () => sgd({ learningRate: 0.1 })],
    ["adam", () => adam({ learningRate: 0.001 })],
    ["radam", () => radam({ learningRate: 0.1 })],
  ] as const)("%s", async (name, create) => {
    const before = tf.memory().numTensors;
    const entry = startEntry();
    const optimizer = create();
    await stepAndCompare(optimizer, entry, 0, expected.gradients.length, expected[name]);
    optimizer.dispose();
    entry.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("radam with a gradient that never changes", async () => {
  const entry = new StateEntry("w", "parameter", [1]);
  entry.load([0]);
  const optimizer = radam({ learningRate: 0.01 });
  const gradient = tf.tensor1d([1]);
  const values: number[] = [];
  for (let step = 0; step < 8; step++) {
    optimizer.step(new Map([[entry, gradient]]));
    values.push((await entry.value.data())[0]);
  }
  const published = [-0.01, -0.02, -0.03, -0.04, -0.05, -0.0502582, -0.0505856, -0.050973];
  expect(maxAbsDifference(values, published)).toBeLessThan(1e-7);
  tf.dispose(gradient);
  optimizer.dispose();
  entry.dispose();
});

test.each(["sgd", "adam"] as const)(
  "%s goes on from its saved state as if never interrupted",
  async (name) => {
    const run = name === "sgd" ? expected.sgd_nesterov : expected.adam;
    const rate = name === "sgd" ? 0.1 : 0.001;
    const entry = startEntry();
    const first = createOptimizer(name, rate);
    await stepAndCompare(first, entry, 0, 4, run);
    const second = createOptimizer(name, rate);
    second.loadStateDict(await first.stateDict(), [entry]);
    first.dispose();
    await stepAndCompare(second, entry, 4, 8, run);
    second.dispose();
    entry.dispose();
  },
);

test("the cosine schedule, past its period too", () => {
  const { lr, T_max, rates } = expected.cosine;
  rates.forEach((rate, epoch) => {
    expect(cosineRate(lr, epoch, T_max)).toBeCloseTo(rate, 8);
  });
});

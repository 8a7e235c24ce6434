import { beforeAll, expect, test } from "vitest";
import { decayAt, descend } from "../../../src/attacks/hidden-trigger/descend.js";
import { type Collision, startCollision } from "../../../src/attacks/hidden-trigger/feature-collision.js";
import { pairings } from "../../../src/attacks/hidden-trigger/pairing.js";
import { findStepLength } from "../../../src/attacks/hidden-trigger/step-length.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { RunError } from "../../../src/errors.js";
import { initialise } from "../../../src/nn/init.js";
import { linear } from "../../../src/nn/linear.js";
import { Model } from "../../../src/nn/model.js";
import { flatten } from "../../../src/nn/pooling.js";
import { sequential } from "../../../src/nn/sequential.js";
import { createRng } from "../../../src/random/rng.js";

const shape = [2, 2, 3] as const;
const size = 12;
const features = 5;
const normalization = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.5] };

beforeAll(async () => {
  await startEngine();
});

/** Features are a linear map of the image. */
function linearModel(): Model {
  const body = sequential([flatten, linear("body", size, features)]);
  const model = new Model("linear", shape, 2, { body, head: linear("head", features, 2) });
  initialise(model.entries, createRng("linear"));
  return model;
}

const images = (seed: string, count: number): tf.Tensor4D => {
  const rng = createRng(seed);
  const values = Float32Array.from({ length: count * size }, () => rng.int(256) / 255);
  return tf.tensor4d(values, [count, ...shape]);
};

test("a step is 2 W'(W n(x) - W n(goal)) / std long, kept in the ball and in [0, 1]", async () => {
  const before = tf.memory().numTensors;
  const model = linearModel();
  const [x, goal] = [images("x", 1), images("goal", 1)];
  const eps = 4 / 255;
  const collision = await startCollision(model, x, goal, { eps, normalization, pair: pairings.greedy });
  const weights = (await model.stateDict()).get("body.weight")?.data ?? [];
  const [start, wanted] = [await x.data(), await goal.data()];
  const std = (i: number) => normalization.std[i % 3];
  /** Weight of feature f for value i of [H, W, C]; PyTorch flattens [C, H, W]. */
  const weight = (f: number, i: number) => weights[f * size + (i % 3) * 4 + Math.floor(i / 3)];
  const gap = Array.from({ length: features }, (_, f) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += (weight(f, i) * (start[i] - wanted[i])) / std(i);
    return sum;
  });
  expect(collision.loss).toBeCloseTo(
    gap.reduce((sum, g) => sum + g * g, 0),
    4,
  );
  const length = 0.01;
  await collision.move(length);
  const moved = await collision.images.data();
  let clipped = 0;
  for (let i = 0; i < size; i++) {
    const slope = gap.reduce((sum, g, f) => sum + (2 * g * weight(f, i)) / std(i), 0);
    const bound = Math.min(eps, Math.max(-eps, -length * slope));
    if (Math.abs(length * slope) > eps) clipped++;
    expect(moved[i]).toBeCloseTo(Math.min(1, Math.max(0, start[i] + bound)), 5);
  }
  expect(clipped).toBeGreaterThan(0);
  expect(clipped).toBeLessThan(size);
  collision.dispose();
  model.dispose();
  tf.dispose([x, goal]);
  expect(tf.memory().numTensors).toBe(before);
});

test("images that stand where the goals are, in another order, are found to be there", async () => {
  const model = linearModel();
  const goal = images("goals", 4);
  const x = tf.reverse(goal, 0);
  const collision = await startCollision(model, x, goal, {
    eps: 0.1,
    normalization,
    pair: pairings.hungarian,
  });
  expect(collision.loss).toBeLessThan(1e-4);
  collision.dispose();
  model.dispose();
  tf.dispose([x, goal]);
});

test("features that are no numbers stop the run", async () => {
  const before = tf.memory().numTensors;
  const model = linearModel();
  model.entries[0].load(new Float32Array(size * features).fill(Number.NaN));
  const [x, goal] = [images("x", 2), images("goal", 2)];
  const options = { eps: 0.1, normalization, pair: pairings.greedy };
  await expect(startCollision(model, x, goal, options)).rejects.toThrow(RunError);
  model.dispose();
  tf.dispose([x, goal]);
  expect(tf.memory().numTensors).toBe(before);
});

test("a gradient that is not finite stops the run, though the features are", async () => {
  const before = tf.memory().numTensors;
  const body = sequential([flatten, linear("small", size, 1), linear("large", 1, 1)]);
  const model = new Model("steep", shape, 2, { body, head: linear("head", 1, 2) });
  initialise(model.entries, createRng("steep"));
  const [small, bias, large] = model.entries;
  bias.load([0]);
  small.load(new Float32Array(size).fill(1e-37));
  large.load(Float32Array.of(1e38));
  const [x, goal] = [images("x", 2), images("goal", 2)];
  const collision = await startCollision(model, x, goal, { eps: 0.1, normalization, pair: pairings.greedy });
  expect(collision.loss).toBeGreaterThan(0);
  await expect(collision.move(0.01)).rejects.toThrow(RunError);
  collision.dispose();
  model.dispose();
  tf.dispose([x, goal]);
  expect(tf.memory().numTensors).toBe(before);
});

test("steps get shorter by 5 % every 2000", () => {
  expect([0, 1999, 2000, 4000].map(decayAt)).toEqual([1, 1, 0.95, 0.95 ** 2]);
});

/** A collision that follows a script: the loss after each step, the images holding the number of steps made. */
function scripted(losses: number[]): Collision & { readonly lengths: number[] } {
  const places = losses.map((_, i) => tf.fill([1, 1, 1, 1], i) as tf.Tensor4D);
  const lengths: number[] = [];
  return {
    lengths,
    get images() {
      return places[lengths.length];
    },
    get loss() {
      return losses[lengths.length];
    },
    move: async (length) => void lengths.push(length),
    dispose: () => tf.dispose(places),
  };
}

test("the best place after a step is kept, the start is none; close enough ends it", async () => {
  const before = tf.memory().numTensors;
  const kept = async (losses: number[], goodEnough: number) => {
    const collision = scripted(losses);
    const steps = losses.length - 1;
    const result = await descend(collision, {
      length: 2,
      steps,
      goodEnough: () => goodEnough,
      onStep: async () => {},
    });
    const [place] = await result.images.data();
    tf.dispose(result.images);
    collision.dispose();
    return { place, loss: result.loss, firstLoss: result.firstLoss, steps: collision.lengths.length };
  };
  expect(await kept([9, 5, 3, 4, 2.5, 6], 1)).toEqual({ place: 4, loss: 2.5, firstLoss: 9, steps: 5 });
  expect(await kept([9, 5, 3, 4, 2.5, 6], 3.5)).toEqual({ place: 2, loss: 3, firstLoss: 9, steps: 2 });
  expect(await kept([1, 5, 3], 2)).toEqual({ place: 2, loss: 3, firstLoss: 1, steps: 2 });
  expect(tf.memory().numTensors).toBe(before);
});

test("the longest step that keeps falling: on c z² one below 1 / c", async () => {
  const parabola = (curvature: number) => async (): Promise<Collision> => {
    let z = 1;
    return {
      images: tf.scalar(0) as unknown as tf.Tensor4D,
      get loss() {
        return curvature * z * z;
      },
      async move(length) {
        z -= length * 2 * curvature * z;
      },
      dispose() {},
    };
  };
  const found = (curvature: number, goodEnough = 0) =>
    findStepLength(
      parabola(curvature),
      (first) => goodEnough * first,
      async () => {},
    );
  expect(await found(0.03)).toBe(10);
  expect(await found(3)).toBe(0.1);
  expect(await found(700)).toBe(0.001);
  expect(await found(1e6)).toBe(1e-4);
  // 10 leads to the minimum in one step and stays there: no fall any more, and none is needed.
  expect(await found(0.05, -1)).toBe(1);
  expect(await found(0.05, 0.01)).toBe(10);
});

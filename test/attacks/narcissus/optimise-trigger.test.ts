import { beforeAll, expect, test } from "vitest";
import {
  optimiseTrigger,
  triggerGradient,
  wideNormalization,
} from "../../../src/attacks/narcissus/optimise-trigger.js";
import type { ImageSet } from "../../../src/datasets/image-set.js";
import { joinedPixels, memoryPixels } from "../../../src/datasets/pixels.js";
import { allIds } from "../../../src/datasets/select.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { createModel } from "../../../src/models/create-model.js";
import { relu } from "../../../src/nn/activations.js";
import { convolution } from "../../../src/nn/convolution.js";
import { initialise } from "../../../src/nn/init.js";
import { linear } from "../../../src/nn/linear.js";
import { Model } from "../../../src/nn/model.js";
import { flatten, maxPool } from "../../../src/nn/pooling.js";
import { sequential } from "../../../src/nn/sequential.js";
import { createRng, type Rng } from "../../../src/random/rng.js";
import { silentReporter } from "../../../src/reporter.js";
import { createOptimizer } from "../../../src/training/optimizer.js";
import { train } from "../../../src/training/train.js";
import { unkept } from "../kept.js";

beforeAll(async () => {
  await startEngine();
});

const side = 16;
const bound = (2 * 16) / 255;

interface Waves {
  /** Radians, of class k. */
  readonly angle: (k: number) => number;
  /** Waves across the image, at least, and up to one more. */
  readonly frequency: number;
  readonly wave: (phase: number) => number;
  readonly amplitude: () => number;
}

/** Images of gratings, 16x16x3 with noise. Image i has class i modulo `classes`. */
function gratings(rng: Rng, count: number, classes: number, waves: Waves): ImageSet {
  const images = new Uint8Array(count * side * side * 3);
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  let at = 0;
  for (const k of labels) {
    const [phase, frequency] = [2 * Math.PI * rng.uniform(), waves.frequency + rng.uniform()];
    const amplitudes = [0, 1, 2].map(waves.amplitude);
    const angle = waves.angle(k);
    for (let r = 0; r < side; r++) {
      for (let c = 0; c < side; c++) {
        const along = c * Math.cos(angle) + r * Math.sin(angle);
        const height = waves.wave((2 * Math.PI * frequency * along) / side + phase);
        for (const amplitude of amplitudes) {
          const value = 0.5 + amplitude * height + 0.15 * rng.normal();
          images[at++] = Math.round(255 * Math.min(1, Math.max(0, value)));
        }
      }
    }
  }
  return { pixels: memoryPixels(images, { height: side, width: side, channels: 3 }), labels };
}

/** Two convolutions, two pools and a linear layer. */
function toyModel(rng: Rng): Model {
  const conv = (name: string, inputs: number, outputs: number) =>
    convolution(name, { inputs, outputs, kernel: 3, stride: 1, pad: 1, bias: true });
  const pool = maxPool({ kernel: 2, stride: 2 });
  const body = sequential([conv("0", 3, 8), relu, pool, conv("3", 8, 16), relu, pool, flatten]);
  const model = new Model("toy", [side, side, 3], 5, { body, head: linear("head", 256, 5) });
  initialise(model.entries, rng);
  return model;
}

/** Class 4 are the target's images, diagonal waves; the others are square waves in directions between. */
function toyImages(rng: Rng): { target: ImageSet; outside: ImageSet } {
  const target = gratings(rng.fork("target"), 60, 1, {
    angle: () => Math.PI / 4,
    frequency: 2,
    wave: Math.sin,
    amplitude: () => 0.1 * (0.5 + rng.uniform()),
  });
  const outside = gratings(rng.fork("outside"), 240, 4, {
    angle: (k) => ((k + 0.5) * Math.PI) / 4,
    frequency: 1,
    wave: (phase) => Math.sign(Math.sin(phase)),
    amplitude: () => 0.15,
  });
  return { target: { ...target, labels: target.labels.fill(1) }, outside };
}

test.each(["toy", "ResNet8"])(
  "%s: the gradient is the slope of the loss along it, and 0 for what is beyond the bound",
  async (kind) => {
    const rng = createRng("slope");
    const { target } = toyImages(rng);
    const model =
      kind === "toy"
        ? toyModel(rng)
        : createModel("ResNet8", { classes: 5, inputShape: [side, side, 3], width: 4, rng });
    const size = side * side * 3;
    const before = tf.memory().numTensors;
    const images = tf.tidy(() =>
      tf.sub<tf.Tensor4D>(
        tf.tensor4d(
          Float32Array.from(
            { length: 8 * size },
            (_, i) => target.pixels.read(Math.floor(i / size))[i % size] / 127.5,
          ),
          [8, side, side, 3],
        ),
        1,
      ),
    );
    const labels = tf.tensor1d(new Int32Array(8).fill(1), "int32");
    // A tenth of the values lie beyond the bound.
    const start = Float32Array.from({ length: size }, () => bound * 1.1 * (2 * rng.uniform() - 1));
    const lossAt = async (values: ArrayLike<number>) => {
      const pattern = tf.tensor1d(Float32Array.from(values));
      const { loss, gradient } = triggerGradient(model, images, labels, pattern, bound);
      const result = { loss: (await loss.data())[0], slope: await gradient.data<"float32">() };
      tf.dispose([pattern, loss, gradient]);
      return result;
    };
    const { slope } = await lossAt(start);
    const beyond = start.map((value) => Number(Math.abs(value) > bound));
    expect(beyond.filter(Boolean).length).toBeGreaterThan(size / 20);
    expect(slope.some((value, i) => beyond[i] === 1 && value !== 0)).toBe(false);
    const norm = Math.hypot(...slope);
    const step = 0.02;
    const [up, down] = await Promise.all(
      [1, -1].map((sign) => lossAt(start.map((value, i) => value + (sign * step * slope[i]) / norm))),
    );
    expect((up.loss - down.loss) / (2 * step) / norm).toBeCloseTo(1, 1);
    tf.dispose([images, labels]);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  },
);

test("a trigger on gratings stays within the bound, and the loss falls", async () => {
  const rng = createRng("gratings");
  const before = tf.memory().numTensors;
  const model = toyModel(rng);
  const { target, outside } = toyImages(rng);
  const both: ImageSet = {
    pixels: joinedPixels(outside.pixels, target.pixels),
    labels: Int32Array.from([...outside.labels, ...target.labels.map(() => 4)]),
  };
  const tune = async (set: ImageSet, name: "adam" | "radam", initialRate: number, endEpoch: number) => {
    const optimizer = createOptimizer(name, initialRate);
    const ids = allIds(set.labels.length);
    const data = { set, ids, normalization: wideNormalization, augmentation: "black-crop-flip" } as const;
    const schedule = { optimizer: name, initialRate, period: endEpoch };
    const options = {
      schedule,
      endEpoch,
      batchSize: 24,
      trainingMode: true,
      rng: rng.fork(name),
      label: name,
    };
    await train(model, data, optimizer, options);
    optimizer.dispose();
  };
  await tune(both, "adam", 0.005, 10);
  await tune(target, "radam", 0.01, 2);
  const losses: number[] = [];
  const trigger = await optimiseTrigger(model, target, {
    bound,
    rounds: 40,
    batchSize: 24,
    rng: rng.fork("trigger"),
    reporter: silentReporter,
    progress: await unkept(),
    onRound: (loss) => losses.push(loss),
  });
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
  expect(trigger).toHaveLength(side * side * 3);
  expect(Math.max(...trigger.map(Math.abs))).toBe(Math.fround(bound));
  expect(losses).toHaveLength(40);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  expect(sum(losses.slice(-4)) / sum(losses.slice(0, 4))).toBeLessThanOrEqual(0.7);
});

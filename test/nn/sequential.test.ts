import { beforeAll, describe, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { createModel, type Model, startEngine } from "../../src/index.js";
import { createRng } from "../../src/random/rng.js";
import { batchGradients, imageGradient } from "../../src/training/gradients.js";

const networks = [
  ["ResNet8", 4],
  ["ViT-Micro", 16],
] as const;

const makeModel = (name: string, width: number): Model =>
  createModel(name, { classes: 3, inputShape: [16, 16, 3], width, rng: createRng("m") });

beforeAll(async () => {
  await startEngine();
});

describe.each(networks)("%s keeps only what its backward pass will read", (name, width) => {
  test("what is below the lowest wanted parameter is not kept, and no gradient changes", async () => {
    const model = makeModel(name, width);
    const images = tf.randomNormal([8, 16, 16, 3], 0, 1, "float32", 1) as tf.Tensor4D;
    const labels = tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1], "int32");
    const options = { training: true, dropoutSeed: 1 };
    const start = tf.memory().numTensors;
    const all = batchGradients(model, images, labels, options);
    const entries = model.entries.filter((entry) => entry.kind === "parameter");
    for (const [index, frozen] of entries.entries()) {
      frozen.trainable = false;
      if (index % 7 > 0 && index < entries.length - 2) continue;
      const some = batchGradients(model, images, labels, options);
      expect([...some.gradients.keys()]).toEqual(
        [...all.gradients.keys()].filter((entry) => entry.trainable),
      );
      for (const [entry, gradient] of some.gradients) {
        const expected = all.gradients.get(entry);
        expect(await gradient.data(), entry.name).toEqual(await expected?.data());
      }
      tf.dispose([some.loss, ...some.gradients.values(), ...some.statistics.values()]);
    }
    tf.dispose([all.loss, ...all.gradients.values(), ...all.statistics.values()]);
    expect(tf.memory().numTensors).toBe(start);
    tf.dispose([images, labels]);
    model.dispose();
  });

  test("with a frozen body, a recorded pass holds hardly more than one that is not recorded", () => {
    const model = makeModel(name, width);
    model.freezeBody();
    const images = tf.zeros([4, 16, 16, 3]) as tf.Tensor4D;
    const heldBy = (wanted: boolean, record: boolean) => {
      const before = tf.memory().numBytes;
      const pass = { training: false, statistics: "batch", record } as const;
      const recorded = model.forward(images, wanted ? { ...pass, wanted: (entry) => entry.trainable } : pass);
      const held = tf.memory().numBytes - before;
      recorded.dispose();
      expect(tf.memory().numBytes).toBe(before);
      return held;
    };
    const features = 4 * 4 * (name === "ResNet8" ? 4 * width : width);
    expect(heldBy(true, true)).toBeLessThanOrEqual(heldBy(false, false) + features);
    expect(heldBy(false, true)).toBeGreaterThan(10 * heldBy(true, true));
    images.dispose();
    model.dispose();
  });

  test("the images' gradient is the loss's slope, whatever is frozen", async () => {
    const model = makeModel(name, width);
    model.freezeBody();
    const images = tf.randomNormal([2, 16, 16, 3], 0, 1, "float32", 2) as tf.Tensor4D;
    const labels = tf.tensor1d([2, 0], "int32");
    const start = tf.memory().numTensors;
    const gradient = imageGradient(model, images, labels);
    const size = 1e-2;
    const direction = tf.tidy(() => tf.div(gradient, tf.norm(gradient)));
    const lossAt = async (shift: number) => {
      const moved = tf.tidy(() => tf.add<tf.Tensor4D>(images, tf.mul(direction, shift)));
      const { loss, gradients, statistics } = batchGradients(model, moved, labels, { training: false });
      const value = (await loss.data())[0];
      tf.dispose([moved, loss, ...gradients.values(), ...statistics.values()]);
      return value;
    };
    const slope = ((await lossAt(size)) - (await lossAt(-size))) / (2 * size);
    const norm = tf.tidy(() => tf.norm(gradient));
    expect(slope / (await norm.data())[0]).toBeCloseTo(1, 2);
    tf.dispose([gradient, direction, norm]);
    expect(tf.memory().numTensors).toBe(start);
    tf.dispose([images, labels]);
    model.dispose();
  });
});

import { beforeAll, expect, test } from "vitest";
import { type CapturedBatch, captureLoop, disposeBatch } from "../../src/capture/capture-loop.js";
import type { Suspicion } from "../../src/capture/suspicion.js";
import { startEngine } from "../../src/engine/start.js";
import { tf } from "../../src/engine/tf.js";
import { drawCleanGroups } from "../../src/provenance/clean-groups.js";
import { createOptimizer } from "../../src/training/optimizer.js";
import { batchTensors, epochAugmentation, epochBatches, train } from "../../src/training/train.js";
import { tinyModel } from "../training/tiny-training.js";
import { learningRate, suspicionOf, tinyCapture } from "./tiny-capture.js";

beforeAll(async () => {
  await startEngine();
});

const weightsOf = async (model: ReturnType<typeof tinyModel>) =>
  [...(await model.stateDict()).values()].flatMap(({ data }) => [...data]);

interface Seen extends Omit<CapturedBatch, "model" | "read"> {
  readonly images: readonly number[];
  readonly weights: readonly number[];
}

/** Everything that a handler is told, and the weights after the last step. */
async function captured(suspicions: readonly Suspicion[]) {
  const input = await tinyCapture(suspicions);
  const seen: Seen[] = [];
  let after: readonly number[] = [];
  await captureLoop(input, {
    async capture({ model, read, ...batch }) {
      const images = read(batch.suspects);
      const values = await images.images.data();
      disposeBatch(images);
      seen.push({ ...batch, images: [...values], weights: await weightsOf(model) });
    },
    afterEpoch: async () => {
      after = await weightsOf(input.base.model);
    },
    save: async () => new Map(),
    restore: async () => {},
  });
  return { input, seen, after };
}

test("every batch with suspects is handed over: its suspects, groups of their number, images as trained on", async () => {
  const suspicion = suspicionOf(1);
  const { input, seen } = await captured([suspicion]);
  const { schedule, subject } = input;
  const expected = [1, 2].flatMap((epoch) =>
    epochBatches(subject.trainIds, 10, schedule.rng, epoch).flatMap((ids, batch) => {
      const suspects = ids.filter((id) => suspicion.suspects.includes(id));
      if (suspects.length === 0) return [];
      const stream = schedule.rng.fork(`capture/epoch-${epoch}/batch-${batch}`);
      const groups = drawCleanGroups(ids, suspicion.reference, suspects.length, stream.fork("clean-groups"));
      const augmentation = epochAugmentation(subject.augmentation, schedule.rng, epoch);
      const tensors = batchTensors({ ...subject, set: subject.images }, suspects, augmentation);
      const images = [...tensors.images.dataSync()];
      tf.dispose([tensors.images, tensors.labels]);
      return { epoch, suspicion: 0, suspects, ...groups, images, dropoutSeed: stream.fork("dropout").seed() };
    }),
  );
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.map(({ weights: _, ...batch }) => batch)).toEqual(expected);
  // Each at the weights before its own update.
  const batches = new Set(seen.map(({ weights }) => weights.join()));
  expect(batches.size).toBe(seen.length);
});

test("watching changes nothing in the training, and several suspicions nothing in each other", async () => {
  const plain = tinyModel();
  const optimizer = createOptimizer("sgd", learningRate);
  const both = await captured([suspicionOf(0, "a"), suspicionOf(1, "b")]);
  const { subject, schedule } = both.input;
  await train(plain, { ...subject, set: subject.images, ids: subject.trainIds }, optimizer, {
    batchSize: 10,
    schedule: { optimizer: "sgd", initialRate: learningRate, period: 1 },
    start: { epoch: 1, batch: 0 },
    endEpoch: 3,
    trainingMode: true,
    rng: schedule.rng,
    label: "plain",
  });
  expect(both.after).toEqual(await weightsOf(plain));
  plain.dispose();
  optimizer.dispose();
  const alone = await captured([suspicionOf(1, "b")]);
  const ofSecond = both.seen.filter(({ suspicion }) => suspicion === 1);
  expect(ofSecond.map((batch) => ({ ...batch, suspicion: 0 }))).toEqual(alone.seen);
  expect(both.seen.length).toBeGreaterThan(ofSecond.length);
});

test("tensors are left behind by none", async () => {
  const before = tf.memory().numTensors;
  await captured([suspicionOf(0, "a"), suspicionOf(2, "c")]);
  expect(tf.memory().numTensors).toBe(before);
});

import { beforeAll, describe, expect, test } from "vitest";
import { drawAugmentation } from "../../src/datasets/augmentation.js";
import { startEngine } from "../../src/engine/start.js";
import { tf } from "../../src/engine/tf.js";
import { RunError } from "../../src/errors.js";
import { batchDifferenceTensors } from "../../src/provenance/batch-differences.js";
import { sampleIncrementTensor } from "../../src/provenance/sample-increments.js";
import { createRng } from "../../src/random/rng.js";
import { evaluate } from "../../src/training/evaluate.js";
import { trainStep } from "../../src/training/gradients.js";
import { createOptimizer } from "../../src/training/optimizer.js";
import { batchTensors, train } from "../../src/training/train.js";
import { tinyData, tinyModel } from "./tiny-training.js";

beforeAll(async () => {
  await startEngine();
});

interface Changes {
  readonly seed?: string;
  readonly rate?: number;
  readonly epochs?: number;
  readonly trainingMode?: boolean;
  readonly signal?: AbortSignal;
}

/** Trains a fresh model. @returns mean loss of each epoch, and the weights */
async function trained({ seed = "run", rate = 0.05, epochs = 6, trainingMode = true, signal }: Changes = {}) {
  const model = tinyModel();
  const optimizer = createOptimizer("sgd", rate);
  const losses: number[] = [];
  try {
    await train(model, tinyData(), optimizer, {
      batchSize: 10,
      schedule: { optimizer: "sgd", initialRate: rate, period: epochs },
      endEpoch: epochs,
      trainingMode,
      rng: createRng(seed),
      label: "test",
      signal,
      afterEpoch: async (_, loss) => void losses.push(loss),
    });
    const { set, normalization } = tinyData();
    const accuracy = await evaluate(model, set, normalization);
    return { losses, accuracy, state: await model.stateDict() };
  } finally {
    model.dispose();
    optimizer.dispose();
  }
}

test("the loss falls and the classes are learnt", async () => {
  const { losses, accuracy } = await trained({ epochs: 10 });
  expect(losses).toHaveLength(10);
  expect(losses[9]).toBeLessThan(0.5 * losses[0]);
  expect(accuracy).toBeGreaterThan(0.8);
});

test("the seed decides every weight", async () => {
  const [a, b, c] = [await trained(), await trained(), await trained({ seed: "other" })];
  expect(b).toEqual(a);
  expect(c.state.get("linear.weight")).not.toEqual(a.state.get("linear.weight"));
});

test("with training mode off the running statistics stay as they were", async () => {
  const { state } = await trained({ trainingMode: false, rate: 0.01, epochs: 2 });
  expect(state.get("bn1.running_mean")?.data.every((value) => value === 0)).toBe(true);
  expect(state.get("bn1.running_var")?.data.every((value) => value === 1)).toBe(true);
  expect(state.get("bn1.num_batches_tracked")?.data[0]).toBe(0);
  const { state: usual } = await trained({ rate: 0.01, epochs: 2 });
  // 24 samples are three batches of at most 10.
  expect(usual.get("bn1.num_batches_tracked")?.data[0]).toBe(6);
});

test("a loss that is no number ends the run with a hint at the rate", async () => {
  const failure = trained({ rate: 1e12 });
  await expect(failure).rejects.toThrow(RunError);
  await expect(failure).rejects.toThrow(/diverged: the mean loss of epoch \d is NaN/);
});

test("an aborted signal ends it with its reason", async () => {
  const reason = new Error("stop");
  await expect(trained({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

describe("no tensor is left behind", () => {
  test("by a training from its start to its end, diverged or not", async () => {
    const before = tf.memory().numTensors;
    await trained({ epochs: 2 });
    expect(tf.memory().numTensors).toBe(before);
    await trained({ rate: 1e12 }).catch(() => {});
    expect(tf.memory().numTensors).toBe(before);
  });

  test("by a step, an evaluation, a batch capture and a sample capture", async () => {
    const model = tinyModel();
    const data = tinyData();
    const optimizer = createOptimizer("sgd", 0.05);
    const surrogate = { optimizer: "sgd", learningRate: 0.05, trainingMode: true } as const;
    const batch = batchTensors(
      data,
      data.ids.slice(0, 6),
      drawAugmentation(data.augmentation, createRng("augmentation")),
    );
    const work = {
      step: () => trainStep(model, batch.images, batch.labels, optimizer, { training: true }).dispose(),
      evaluation: () => evaluate(model, data.set, data.normalization),
      batchCapture: () => {
        const groups = { suspect: batch, clean1: batch, clean2: batch };
        for (const { suspect, clean } of batchDifferenceTensors(model, groups, surrogate).values()) {
          tf.dispose([suspect, clean]);
        }
      },
      sampleCapture: () =>
        sampleIncrementTensor(
          model,
          batch.images,
          batch.labels,
          [0, 5, model.stateSize - 1],
          surrogate,
        ).dispose(),
    };
    // The first step fills the optimizer's momentum.
    work.step();
    const before = tf.memory().numTensors;
    for (const [name, run] of Object.entries(work)) {
      await run();
      expect([name, tf.memory().numTensors]).toEqual([name, before]);
    }
    tf.dispose([batch.images, batch.labels]);
    optimizer.dispose();
    model.dispose();
  });
});

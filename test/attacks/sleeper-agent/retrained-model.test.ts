import { beforeAll, expect, test } from "vitest";
import { retrainedModel } from "../../../src/attacks/sleeper-agent/retrained-model.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { createModel } from "../../../src/models/create-model.js";
import type { Model } from "../../../src/nn/model.js";
import { createRng, type Rng } from "../../../src/random/rng.js";
import { gratingNetwork, gratings } from "../gratings.js";
import { unkept } from "../kept.js";

beforeAll(async () => {
  await startEngine();
});

const dataset = gratings({ train: 8, test: 1 });
const vit = (rng: Rng) => createModel("ViT-Micro", { classes: 4, inputShape: [16, 16, 3], width: 8, rng });

/** Length of the difference of two models' weights. */
async function between(a: Model, b: Model): Promise<number> {
  const other = await b.stateDict();
  let sum = 0;
  for (const [name, { data }] of await a.stateDict())
    data.forEach((value, i) => {
      sum += (value - (other.get(name)?.data[i] ?? Number.NaN)) ** 2;
    });
  return Math.sqrt(sum);
}

test.each([
  ["a network trained anew is not where the clean one is", gratingNetwork, "fresh"],
  ["a vision transformer goes on from the clean one", vit, "clean"],
] as const)("%s", async (_what, create, nearTo) => {
  const clean = create(createRng("clean"));
  const fresh = create(createRng("retraining").fork("weights"));
  const before = tf.memory().numTensors;
  let images = 0;
  const retrained = await retrainedModel({ dataset, newModel: create }, clean, {
    set: dataset.train,
    epochs: 1,
    rng: createRng("retraining"),
    onBatch: async (count) => {
      images += count;
    },
    progress: await unkept(),
  });
  expect(images).toBe(dataset.train.labels.length);
  const distances = { fresh: await between(retrained, fresh), clean: await between(retrained, clean) };
  expect(distances[nearTo]).toBeGreaterThan(0);
  expect(distances[nearTo]).toBeLessThan(0.5 * Math.max(distances.fresh, distances.clean));
  retrained.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

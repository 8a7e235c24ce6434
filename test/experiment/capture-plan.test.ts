import { describe, expect, test } from "vitest";
import type { Dataset, ImageSet } from "../../src/datasets/image-set.js";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { planCapture } from "../../src/experiment/capture-plan.js";
import { parseRunConfig } from "../../src/experiment/run-config.js";
import { createRng } from "../../src/random/rng.js";
import { epochBatches } from "../../src/training/train.js";

/** Labels are all that a plan looks at. Image i is of class i mod 10. */
const setOf = (count: number): ImageSet => ({
  pixels: memoryPixels(new Uint8Array(0), { height: 32, width: 32, channels: 3 }),
  labels: Int32Array.from({ length: count }, (_, i) => i % 10),
});
const dataset: Dataset = {
  name: "synthetic",
  classNames: [],
  train: setOf(200),
  test: setOf(40),
  normalization: { mean: [], std: [] },
  fingerprint: "",
};
/** Ten of the 20 images of class 2. */
const tenPoisons = Int32Array.from({ length: 10 }, (_, i) => 20 * i + 2);

function plan(
  flags: Readonly<Record<string, string | boolean>> = {},
  {
    name = "batch level",
    poisonIds = tenPoisons,
  }: { name?: "batch level" | "sample level"; poisonIds?: Int32Array } = {},
) {
  const config = parseRunConfig({
    batch_level: true,
    dataset: "synthetic",
    pr_sus: "67",
    bs_bl: "16",
    bs_sl: "16",
    ep_bl: "2",
    ep_bl_base: "3",
    ep_sl: "4",
    ep_sl_base: "5",
    ...flags,
  });
  const plan = planCapture({ config, dataset, poisonIds, rng: createRng(config.globalSeed) }, name);
  return { ...plan.suspicion, ...plan.schedule };
}

test("each level has its own epochs, batch and stream, and both the same suspects", () => {
  const [batch, sample] = [plan({ bs_sl: "8" }), plan({ bs_sl: "8" }, { name: "sample level" })];
  expect(batch).toMatchObject({ baseEpochs: 3, epochs: 2, batchSize: 16 });
  expect(sample).toMatchObject({ baseEpochs: 5, epochs: 4, batchSize: 8 });
  expect(batch.suspects).toHaveLength(14);
  expect(sample.suspects).toEqual(batch.suspects);
  expect(sample.reference).toEqual(batch.reference);
  expect(sample.rng.uniform()).not.toBe(batch.rng.uniform());
});

test("references are the class's samples under no suspicion; with --sample_from_test, test images beyond the set", () => {
  const { suspects, reference } = plan();
  expect(reference).toHaveLength(6);
  expect([...reference].every((id) => id % 10 === 2 && !suspects.includes(id))).toBe(true);
  const fromTest = plan({ sample_from_test: true, bs_bl: "4" });
  expect([...fromTest.reference]).toEqual([202, 212, 222, 232]);
});

/** Suspects in the fullest batch of all epochs, counted batch by batch. */
function fullest({ suspects, rng, batchSize, baseEpochs, epochs }: ReturnType<typeof plan>): number {
  const ids = Int32Array.from({ length: 200 }, (_, id) => id);
  const counts = Array.from({ length: epochs }, (_, i) => baseEpochs + i).flatMap((epoch) =>
    epochBatches(ids, batchSize, rng, epoch).map(
      (batch) => batch.filter((id) => suspects.includes(id)).length,
    ),
  );
  return Math.max(...counts);
}

test("a plan that is accepted suffices for its fullest batch, whatever the seed; one refused would not", () => {
  let [accepted, refused] = [0, 0];
  for (let seed = 0; seed < 30; seed++) {
    try {
      const found = plan({ global_seed: String(seed), bs_bl: "32" });
      expect(2 * fullest(found)).toBeLessThanOrEqual(6);
      accepted++;
    } catch (error) {
      expect(String(error)).toMatch(
        /a batch of batch level holds up to ([4-9]|1[0-4]), whose two clean groups/,
      );
      refused++;
    }
  }
  expect(Math.min(accepted, refused)).toBeGreaterThan(0);
});

describe("what is lacking is said with its numbers", () => {
  test.each([
    [
      {},
      new Int32Array(0),
      "Class 2 has 20 training images, 0 of them poisoned. There is nothing to capture.",
    ],
    [
      { pr_sus: "40" },
      tenPoisons,
      "10 of them poisoned. A suspect set with --pr_sus 40 needs 15 clean ones.",
    ],
    [
      { bs_bl: "200" },
      tenPoisons,
      "With 14 suspects, a batch of batch level holds up to 14, whose two clean groups need 28 samples; there are 6 clean samples left in the class.",
    ],
    [
      { bs_bl: "200", sample_from_test: true, pr_sus: "100" },
      tenPoisons,
      "With 10 suspects, a batch of batch level holds up to 10, whose two clean groups need 20 samples; there are 4 clean test images of the class.",
    ],
  ])("%o", (flags, poisonIds, message) => {
    expect(() => plan(flags, { poisonIds })).toThrow(message);
  });
});

test("poisons of other classes are the class's under suspicion: all of its own images can be clean suspects or references", () => {
  const fromOthers = Int32Array.from({ length: 10 }, (_, i) => 20 * i + 7);
  const { suspects, reference } = plan({}, { poisonIds: fromOthers });
  expect(suspects).toHaveLength(14);
  expect([...suspects].filter((id) => id % 10 === 7)).toEqual([...fromOthers]);
  expect(reference).toHaveLength(16);
  expect([...reference].every((id) => id % 10 === 2)).toBe(true);
  const tooMany = () => plan({ pr_sus: "30" }, { poisonIds: fromOthers });
  expect(tooMany).toThrow("Class 2 has 30 training images, 10 of them poisoned.");
});

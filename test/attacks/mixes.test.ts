import { beforeAll, expect, test } from "vitest";
import type { AttackInput } from "../../src/attacks/attack.js";
import { narcissusLc, narcissusLcSa } from "../../src/attacks/mixes/about.js";
import { noAugmentation } from "../../src/datasets/augmentation.js";
import { readBatch } from "../../src/datasets/batches.js";
import { allIds, indicesOfClass } from "../../src/datasets/select.js";
import { syntheticDataset } from "../../src/datasets/synthetic/synthetic.js";
import { startEngine } from "../../src/engine/start.js";
import { tf } from "../../src/engine/tf.js";
import { createModel } from "../../src/models/create-model.js";
import { createRng, type Rng } from "../../src/random/rng.js";
import { silentReporter } from "../../src/reporter.js";
import { temporaryFolder } from "../store/temporary-folder.js";

const dataset = syntheticDataset({ seed: 1, trainPerClass: 20, testPerClass: 3 });
const [target, source] = [3, 5];

beforeAll(async () => {
  await startEngine();
});

const options = {
  "lc.steps": 2,
  "lc.alpha": 4,
  "narcissus.ratio": 0.2,
  "narcissus.surrogate": "ResNet8",
  "narcissus.surrogate_epochs": 1,
  "narcissus.warmup_epochs": 1,
  "narcissus.rounds": 2,
  "sa.ratio": 0.25,
  "sa.iterations": 3,
  "sa.segments": 1,
};

async function input(changes: Partial<AttackInput> = {}): Promise<AttackInput> {
  const folder = await temporaryFolder();
  const newModel = (rng: Rng) =>
    createModel("ResNet8", { classes: 10, inputShape: [32, 32, 3], width: 4, rng });
  return {
    dataset,
    targetClass: target,
    sourceClass: source,
    poisonShareOfTargetClass: 0.3,
    eps255: 99,
    vis: 200,
    randomPlacement: false,
    options,
    cleanModel: async () => newModel(createRng("clean")),
    cleanModelHash: async () => "clean",
    newModel,
    rng: createRng("mix"),
    onPoisonsChosen: () => {},
    datasetDir: folder,
    cacheDir: folder,
    checkpointSeconds: 1000,
    reporter: silentReporter,
    ...changes,
  };
}

test("three disjoint sets of the sizes asked for; each poison shows its own attack's doing, and no more", async () => {
  const told: Int32Array[] = [];
  const before = tf.memory().numTensors;
  const poisoned = await narcissusLcSa.poison(await input({ onPoisonsChosen: (ids) => told.push(ids) }));
  expect(tf.memory().numTensors).toBe(before);
  const { lc, narcissus, sa } = poisoned.poisonIds;
  expect([lc.length, narcissus.length, sa.length]).toEqual([6, 4, 5]);
  const all = [...lc, ...narcissus, ...sa];
  expect(new Set(all).size).toBe(15);
  expect(told).toEqual([Int32Array.from(all).sort()]);
  for (const ids of [lc, narcissus, sa]) expect(ids).toEqual(ids.slice().sort());
  const ofTarget = new Set(indicesOfClass(dataset.train.labels, target));
  expect(all.every((id) => ofTarget.has(id))).toBe(true);
  expect(poisoned.train.labels).toEqual(dataset.train.labels);
  expect(Object.keys(poisoned.triggeredTests)).toEqual(Object.keys(poisoned.poisonIds));

  const read = (set: typeof dataset.train, id: number) =>
    readBatch(set, Int32Array.of(id), {
      normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
      augmentation: noAugmentation,
    }).images.map((value) => value * 255);
  const isCorner = (i: number) => {
    const [row, column] = [Math.floor(i / 96), Math.floor(i / 3) % 32];
    return (row < 3 || row > 28) && (column < 3 || column > 28);
  };
  for (const id of allIds(200)) {
    const [was, is] = [read(dataset.train, id), read(poisoned.train, id)];
    const away = (inCorners: boolean) =>
      Math.max(...Array.from(was.keys(), (i) => (isCorner(i) === inCorners ? Math.abs(is[i] - was[i]) : 0)));
    if (lc.includes(id)) {
      expect(away(false)).toBeLessThanOrEqual(8.001);
      expect(is[0]).toBeCloseTo(200, 3);
    } else if (narcissus.includes(id) || sa.includes(id)) {
      expect(away(false)).toBeGreaterThan(0);
      expect(Math.max(away(false), away(true))).toBeLessThanOrEqual(16.001);
      const isRounded = is.every((value) => Math.abs(value - Math.round(value)) < 1e-3);
      expect(isRounded).toBe(sa.includes(id));
    } else {
      expect(is).toEqual(was);
    }
    // Read again: nothing adds up.
    expect(read(poisoned.train, id)).toEqual(is);
  }
  const others = dataset.test.labels.filter((label) => label !== target).length;
  const sources = dataset.test.labels.filter((label) => label === source).length;
  const { triggeredTests } = poisoned;
  expect(Object.values(triggeredTests).map(({ labels }) => labels.length)).toEqual([others, others, sources]);
  for (const { labels } of Object.values(triggeredTests))
    expect(labels.every((label) => label === target)).toBe(true);
  expect(triggeredTests.narcissus.noise?.strength).toBe(3);
  expect(triggeredTests.narcissus.noise?.rows).toBeUndefined();
});

test("two parts: neither draws what the other has; the same stream gives the same poisons", async () => {
  const [a, b] = [await narcissusLc.poison(await input()), await narcissusLc.poison(await input())];
  expect(Object.keys(a.poisonIds)).toEqual(["lc", "narcissus"]);
  expect(a.poisonIds).toEqual(b.poisonIds);
  expect(new Set([...a.poisonIds.lc, ...a.poisonIds.narcissus]).size).toBe(10);
  const imageOf = ({ pixels }: typeof a.train) => Buffer.from(pixels.read(a.poisonIds.lc[0])).toString("hex");
  expect(imageOf(a.train)).toBe(imageOf(b.train));
});

test("parts that do not fit the class are refused with the numbers, before anything is made", async () => {
  const cleanModel = async () => {
    throw new Error("asked for the clean model");
  };
  const crowded = await input({ poisonShareOfTargetClass: 0.8, cleanModel });
  await expect(narcissusLcSa.poison(crowded)).rejects.toThrow(
    "The parts of the mix poison 16 + 4 + 5 images; class 3 has 20.",
  );
  await expect(narcissusLc.poison({ ...crowded, options: { "lc.step": 1 } })).rejects.toThrow("lc.step");
});

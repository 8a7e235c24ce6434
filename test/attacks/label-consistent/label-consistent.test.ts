import { readdir, readFile, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import type { AttackInput } from "../../../src/attacks/attack.js";
import { labelConsistent } from "../../../src/attacks/label-consistent/about.js";
import type { ImageSet } from "../../../src/datasets/image-set.js";
import { copyImages } from "../../../src/datasets/pixels.js";
import { allIds } from "../../../src/datasets/select.js";
import { syntheticDataset } from "../../../src/datasets/synthetic/synthetic.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { UserError } from "../../../src/errors.js";
import { createModel } from "../../../src/models/create-model.js";
import { createRng } from "../../../src/random/rng.js";
import { temporaryFolder } from "../../store/temporary-folder.js";
import { commonInput } from "../attack-input.js";

const dataset = syntheticDataset({ seed: 1, trainPerClass: 12, testPerClass: 3 });
const target = 3;
const side = 32;

beforeAll(async () => {
  await startEngine();
});

let models = 0;
function input(cacheDir: string, changes: Partial<AttackInput> = {}): AttackInput {
  return {
    dataset,
    targetClass: target,
    poisonShareOfTargetClass: 0.5,
    eps255: 8,
    vis: 200,
    sourceClass: 0,
    options: { steps: 4, alpha: 3 },
    cleanModel: async () => {
      models++;
      return createModel("ResNet8", { classes: 10, inputShape: [side, side, 3], width: 4 });
    },
    newModel: (rng) => createModel("ResNet8", { classes: 10, inputShape: [side, side, 3], rng, width: 4 }),
    ...commonInput(cacheDir),
    ...changes,
  };
}

const poison = async (changes: Partial<AttackInput> = {}, folder?: string) =>
  labelConsistent.poison(input(folder ?? (await temporaryFolder()), changes));

const imageOf = ({ pixels }: ImageSet, row: number) => pixels.read(row);
const bytesOf = ({ pixels }: ImageSet) => copyImages(pixels, allIds(pixels.count));

const isCorner = (line: number, column: number) =>
  (line < 3 || line >= side - 3) && (column < 3 || column >= side - 3);

/** Calls back for every value of an image. */
function eachValue(use: (at: number, line: number, column: number) => void): void {
  for (let at = 0; at < side * side * 3; at++) {
    const pixel = Math.floor(at / 3);
    use(at, Math.floor(pixel / side), pixel % side);
  }
}

/** 16 bright pixels, the other 20 of the corners dark, the same from either side. */
function expectTrigger(image: Uint8Array, vis: number): void {
  let [bright, dark] = [0, 0];
  eachValue((at, line, column) => {
    if (!isCorner(line, column)) return;
    const mirrored = (line * side + side - 1 - column) * 3 + (at % 3);
    expect(image[mirrored]).toBe(image[at]);
    if (image[at] === vis) bright++;
    else if (image[at] === 0) dark++;
  });
  expect([bright, dark]).toEqual([16 * 3, 20 * 3]);
}

test("labels stay; poisons ascend, are of the target class and as many as the share says", async () => {
  const told: Int32Array[] = [];
  const { train, poisonIds } = await poison({ onPoisonsChosen: (ids) => told.push(ids) });
  expect(train.labels).toEqual(dataset.train.labels);
  const ids = [...poisonIds.lc];
  expect(ids).toHaveLength(6);
  expect(new Set(ids).size).toBe(6);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
  expect(ids.every((id) => dataset.train.labels[id] === target)).toBe(true);
  expect(told).toEqual([poisonIds.lc]);
});

test.each([
  [0.1, 1],
  [0.34, 4],
  [0.57, 6],
  [0.75, 9],
  [1, 12],
])("a share of %f of 12 images is %i poisons", async (share, expected) => {
  const { poisonIds } = await poison({ poisonShareOfTargetClass: share, options: { steps: 1 } });
  expect(poisonIds.lc).toHaveLength(expected);
});

test("other images are untouched; poisons stay within eps, but for the stamped corners", async () => {
  const source = bytesOf(dataset.train);
  const { train, poisonIds } = await poison();
  const poisons = new Set(poisonIds.lc);
  for (let row = 0; row < train.labels.length; row++) {
    const [before, after] = [imageOf(dataset.train, row), imageOf(train, row)];
    if (!poisons.has(row)) {
      expect(Buffer.compare(before, after)).toBe(0);
      continue;
    }
    let largest = 0;
    eachValue((at, line, column) => {
      if (!isCorner(line, column)) largest = Math.max(largest, Math.abs(after[at] - before[at]));
    });
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThanOrEqual(8);
    expectTrigger(after, 200);
  }
  expect(Buffer.compare(bytesOf(dataset.train), source)).toBe(0);
});

test("the triggered test set: all other classes' images, stamped, labelled with the target class", async () => {
  const { triggeredTests } = await poison();
  const others = [...dataset.test.labels.keys()].filter((id) => dataset.test.labels[id] !== target);
  const triggered = triggeredTests.lc;
  expect([...triggered.labels]).toEqual(others.map(() => target));
  others.forEach((id, row) => {
    const [before, after] = [imageOf(dataset.test, id), imageOf(triggered, row)];
    expectTrigger(after, 200);
    eachValue((at, line, column) => {
      if (!isCorner(line, column) && after[at] !== before[at])
        throw new Error(`image ${id} changed at ${at}`);
    });
  });
});

test("the stream decides the poisons, and everything with them; no tensor is left", async () => {
  const before = tf.memory().numTensors;
  const [a, b] = [await poison(), await poison()];
  expect(Buffer.compare(bytesOf(a.train), bytesOf(b.train))).toBe(0);
  const other = await poison({ rng: createRng("other") });
  expect(other.poisonIds).not.toEqual(a.poisonIds);
  expect(tf.memory().numTensors).toBe(before);
});

test("crafted images are read back; a change of any parameter crafts anew", async () => {
  const folder = await temporaryFolder();
  const first = await poison({}, folder);
  const crafted = models;
  const again = await poison({}, folder);
  expect(models).toBe(crafted);
  expect(Buffer.compare(bytesOf(again.train), bytesOf(first.train))).toBe(0);
  // The trigger is stamped on what was read: brightness is no part of the key.
  await poison({ vis: 90 }, folder);
  expect(models).toBe(crafted);
  const changes: Partial<AttackInput>[] = [
    { eps255: 9 },
    { targetClass: 4 },
    { poisonShareOfTargetClass: 0.6 },
    { options: { steps: 5, alpha: 3 } },
    { options: { steps: 4, alpha: 2 } },
    { rng: createRng("another") },
    { cleanModelHash: async () => "of another model" },
    { dataset: { ...dataset, fingerprint: "other" } },
  ];
  for (const change of changes) await poison(change, folder);
  expect(models).toBe(crafted + changes.length);
  expect(await readdir(folder)).toHaveLength(2 * (1 + changes.length));
});

test("a damaged cache is refused by name; without its record it is as well", async () => {
  const folder = await temporaryFolder();
  await poison({}, folder);
  const [json, png] = (await readdir(folder)).sort().map((name) => join(folder, name));
  const whole = await readFile(png);
  await truncate(png, whole.length - 20);
  await expect(poison({}, folder)).rejects.toThrow(`${png} is damaged`);
  await rm(json);
  await expect(poison({}, folder)).rejects.toThrow(UserError);
  await rm(png);
  expect((await poison({}, folder)).poisonIds.lc).toHaveLength(6);
});

test("refused before the clean model is asked for: no poison at all, options nobody knows, a caller's no", async () => {
  const before = models;
  onTestFinished(() => expect(models).toBe(before));
  await expect(poison({ poisonShareOfTargetClass: 0.05 })).rejects.toThrow(
    "--pr_tgt 0.05 of the 12 images of class 3 is no image at all.",
  );
  await expect(poison({ options: { step: 3 } })).rejects.toThrow('"lc" has no such option');
  await expect(poison({ options: { steps: 2.5 } })).rejects.toThrow("not a positive whole number");
  await expect(poison({ options: { alpha: "much" } })).rejects.toThrow("alpha=much: not a positive number");
  const onPoisonsChosen = () => {
    throw new Error("no");
  };
  await expect(poison({ onPoisonsChosen })).rejects.toThrow("no");
});

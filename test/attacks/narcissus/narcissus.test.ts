import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AttackInput, PoisonedData } from "../../../src/attacks/attack.js";
import { narcissus } from "../../../src/attacks/narcissus/about.js";
import {
  type Augmentation,
  drawAugmentation,
  moveOf,
  noAugmentation,
} from "../../../src/datasets/augmentation.js";
import { readBatch } from "../../../src/datasets/batches.js";
import { imageBytes } from "../../../src/datasets/pixels.js";
import { allIds } from "../../../src/datasets/select.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { UserError } from "../../../src/errors.js";
import { createRng } from "../../../src/random/rng.js";
import { temporaryFolder } from "../../store/temporary-folder.js";
import { dataset, listener, narcissusInput, outsideFolder, small, target } from "./narcissus-input.js";

const side = 32;
const eps255 = 16;

/** Outside images. */
let pood = "";
beforeAll(async () => {
  await startEngine();
  pood = await outsideFolder();
});
afterAll(() => rm(pood, { recursive: true }));

const poison = async (changes: Partial<AttackInput> = {}, folder?: string) =>
  narcissus.poison(
    narcissusInput(folder ?? (await temporaryFolder()), { options: { ...small, pood }, ...changes }),
  );

const patternOf = ({ train }: PoisonedData): Float32Array => train.noise?.pattern ?? new Float32Array(0);

/** Float images in [-1, 1] as a network takes them. */
const wide = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const read = (set: PoisonedData["train"], ids: Int32Array, augmentation: Augmentation = noAugmentation) =>
  readBatch(set, ids, { normalization: wide, augmentation }).images;

test("poisons: of the target class, ascending, as many as the share says, told before anything costly; labels stay", async () => {
  const { bars, reporter } = listener();
  const told: [Int32Array, number][] = [];
  const onPoisonsChosen = (ids: Int32Array) => told.push([ids, bars.length]);
  const { train, poisonIds } = await poison({ reporter, onPoisonsChosen });
  expect(train.labels).toEqual(dataset.train.labels);
  const ids = [...poisonIds.narcissus];
  expect(ids).toHaveLength(6);
  expect(new Set(ids).size).toBe(6);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
  expect(ids.every((id) => dataset.train.labels[id] === target)).toBe(true);
  expect(told).toEqual([[poisonIds.narcissus, 0]]);
  expect(bars).toEqual([
    expect.stringMatching(/^Decoding 4 images/),
    "narcissus: surrogate on 4 outside images",
    "narcissus: warm-up",
    "narcissus: trigger",
  ]);
});

test("a poison is its image with the trigger, clipped and not rounded; other images are untouched", async () => {
  const poisoned = await poison();
  const pattern = patternOf(poisoned);
  const ids = allIds(dataset.train.labels.length);
  const [before, after] = [read(dataset.train, ids), read(poisoned.train, ids)];
  const size = imageBytes(dataset.train.pixels);
  expect(pattern).toHaveLength(size);
  const poisons = new Set(poisoned.poisonIds.narcissus);
  for (const id of ids) {
    const [source, image] = [before, after].map((all) => all.subarray(id * size, (id + 1) * size));
    const expected = poisons.has(id)
      ? source.map((value, i) => Math.min(1, Math.max(-1, value + 2 * pattern[i])))
      : source;
    const differences = image.map((value, i) => Math.abs(value - expected[i]));
    expect(Math.max(...differences)).toBeLessThan(1e-6);
    const changes = image.map((value, i) => Math.abs(value - source[i]));
    expect(Math.max(...changes)).toBeLessThanOrEqual((2 * eps255) / 255 + 1e-6);
    expect(changes.some((change) => change > 0)).toBe(poisons.has(id));
  }
});

test("the triggered test set: every other class's image, the trigger three times as strong", async () => {
  const { lines, reporter } = listener();
  const poisoned = await poison({ reporter });
  const { narcissus: triggered } = poisoned.triggeredTests;
  const pattern = patternOf(poisoned);
  const others = allIds(dataset.test.labels.length).filter((id) => dataset.test.labels[id] !== target);
  expect([...triggered.labels]).toEqual(Array.from(others, () => target));
  const before = read(dataset.test, others);
  const expected = before.map((value, i) =>
    Math.min(1, Math.max(-1, value + 6 * pattern[i % pattern.length])),
  );
  const after = read(triggered, allIds(others.length));
  expect(Math.max(...after.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(1e-6);
  expect(lines).toContain("narcissus: trigger at test: x3");
  const stronger = await poison({ options: { ...small, pood, multi_test: 1.5 } });
  expect(stronger.triggeredTests.narcissus.noise?.strength).toBe(1.5);
});

test("the victim's crop and flip come after the trigger", async () => {
  const { train, poisonIds } = await poison();
  const [id] = poisonIds.narcissus;
  const dot = new Float32Array(imageBytes(dataset.train.pixels));
  const [row, column] = [14, 11];
  dot[(row * side + column) * 3 + 1] = -1;
  const dotted = { ...train, noise: { pattern: dot, strength: 1, rows: new Set([id]) } };
  for (const key of ["a", "b", "c", "d"]) {
    const augmentation = drawAugmentation("crop-flip", createRng(key));
    const [before, after] = [dataset.train, dotted].map((set) => read(set, Int32Array.of(id), augmentation));
    const { down, right, flipped } = moveOf(augmentation, id);
    const x = flipped ? side - 1 - (column - right) : column - right;
    const at = ((row - down) * side + x) * 3 + 1;
    const changed = [...after.keys()].filter((i) => after[i] !== before[i]);
    expect(changed).toEqual([at]);
    expect(after[at]).toBe(-1);
  }
});

test("the stream decides poisons and trigger; reading twice gives the same; no tensor is left", async () => {
  const before = tf.memory().numTensors;
  const [a, b] = [await poison(), await poison()];
  expect(patternOf(b)).toEqual(patternOf(a));
  expect(b.poisonIds).toEqual(a.poisonIds);
  expect(read(a.train, a.poisonIds.narcissus)).toEqual(read(a.train, a.poisonIds.narcissus));
  const other = await poison({ rng: createRng("other") });
  expect(other.poisonIds).not.toEqual(a.poisonIds);
  expect(patternOf(other)).not.toEqual(patternOf(a));
  expect(tf.memory().numTensors).toBe(before);
});

test("the trigger is read back; a change of anything it depends on crafts anew, on the same network where that fits", async () => {
  const folder = await temporaryFolder();
  const crafted = async (changes: Partial<AttackInput> = {}) => {
    const { bars, reporter } = listener();
    const poisoned = await poison({ reporter, ...changes }, folder);
    const trained = bars.filter((bar) => bar.startsWith("narcissus")).length;
    return { poisoned, trained };
  };
  const options = { ...small, pood };
  const first = await crafted();
  const again = await crafted();
  expect([first.trained, again.trained]).toEqual([3, 0]);
  expect(patternOf(again.poisoned)).toEqual(patternOf(first.poisoned));
  expect((await crafted({ options: { ...options, multi_test: 2 } })).trained).toBe(0);
  expect((await crafted({ poisonShareOfTargetClass: 1 })).trained).toBe(0);
  expect((await crafted({ eps255: 8 })).trained).toBe(1);
  expect((await crafted({ options: { ...options, rounds: 1 } })).trained).toBe(1);
  const changes: Partial<AttackInput>[] = [
    { targetClass: 4 },
    { options: { ...options, surrogate_epochs: 2 } },
    { options: { ...options, warmup_epochs: 2 } },
    { options: { ...options, batch: 9 } },
    { options: { ...options, pood_images: 3 } },
    { rng: createRng("another") },
    { dataset: { ...dataset, fingerprint: "other" } },
  ];
  for (const change of changes) expect((await crafted(change)).trained).toBe(3);
  const files = await readdir(join(folder, "poisons"));
  expect(files.filter((name) => name.endsWith(".npy"))).toHaveLength(3 + changes.length);
  expect(files.filter((name) => name.endsWith(".safetensors"))).toHaveLength(1 + changes.length);
});

test("a damaged trigger or network is refused by name; without its record it is as well", async () => {
  const folder = await temporaryFolder();
  await poison({}, folder);
  const names = (await readdir(join(folder, "poisons"))).sort();
  const [surrogate, json, npy] = names.map((name) => join(folder, "poisons", name));
  expect([surrogate, json, npy].map((path) => path.slice(path.lastIndexOf(".")))).toEqual([
    ".safetensors",
    ".json",
    ".npy",
  ]);
  const whole = await readFile(npy);
  await truncate(npy, whole.length - 20);
  await expect(poison({}, folder)).rejects.toThrow(npy);
  const flipped = Buffer.from(whole);
  flipped[1000] ^= 1;
  await writeFile(npy, flipped);
  await expect(poison({}, folder)).rejects.toThrow(`${npy} is damaged`);
  await writeFile(npy, whole);
  await rm(json);
  await expect(poison({}, folder)).rejects.toThrow(UserError);
  await rm(npy);
  await truncate(surrogate, 500);
  await expect(poison({}, folder)).rejects.toThrow(surrogate);
  await rm(surrogate);
  expect((await poison({}, folder)).poisonIds.narcissus).toHaveLength(6);
});

test("eps 0: no trigger, and everything as it was", async () => {
  const { bars, reporter } = listener();
  const poisoned = await poison({ eps255: 0, reporter });
  expect(patternOf(poisoned).every((value) => value === 0)).toBe(true);
  const ids = poisoned.poisonIds.narcissus;
  expect(read(poisoned.train, ids)).toEqual(read(dataset.train, ids));
  expect(bars).toEqual([]);
});

test("an abort ends the crafting, and leaves neither tensors nor a trigger", async () => {
  const folder = await temporaryFolder();
  const before = tf.memory().numTensors;
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(poison({ signal, options: { ...small, pood } }, folder)).rejects.toThrow("enough");
  expect(tf.memory().numTensors).toBe(before);
  expect(await readdir(join(folder, "poisons")).catch(() => [])).toEqual([]);
});

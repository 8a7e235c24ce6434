import { readdir, readFile, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import type { AttackInput } from "../../../src/attacks/attack.js";
import { triggerPatch } from "../../../src/attacks/crafting/trigger-patch.js";
import { hiddenTrigger } from "../../../src/attacks/hidden-trigger/about.js";
import { minimumCostAssignment } from "../../../src/attacks/hidden-trigger/minimum-cost-assignment.js";
import { patchPlace } from "../../../src/attacks/hidden-trigger/patch.js";
import { triggerImage } from "../../../src/attacks/hidden-trigger/trigger-image.js";
import type { GivenOptions } from "../../../src/attacks/options.js";
import { noAugmentation } from "../../../src/datasets/augmentation.js";
import { readBatch } from "../../../src/datasets/batches.js";
import type { Dataset, ImageSet } from "../../../src/datasets/image-set.js";
import { copyImages, memoryPixels, paintedPixels } from "../../../src/datasets/pixels.js";
import { allIds, indicesOfClass, selectImages } from "../../../src/datasets/select.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { UserError } from "../../../src/errors.js";
import { createModel } from "../../../src/models/create-model.js";
import { customCnn } from "../../../src/models/custom-cnn/custom-cnn.js";
import { initialise } from "../../../src/nn/init.js";
import { Model } from "../../../src/nn/model.js";
import { createRng } from "../../../src/random/rng.js";
import { silentReporter } from "../../../src/reporter.js";
import type { StateDict } from "../../../src/store/state-dict.js";
import { createOptimizer } from "../../../src/training/optimizer.js";
import { train } from "../../../src/training/train.js";
import { temporaryFolder } from "../../store/temporary-folder.js";
import { commonInput } from "../attack-input.js";

const side = 16;
const size = { height: side, width: side, channels: 3 };
const [source, target] = [0, 2];
const patch = { side: 8, start: 3 };

/** Stripes whose direction and width tell the class, of random place and brightness. */
function stripes(seed: string, count: number): ImageSet {
  const rng = createRng(seed);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const images = new Uint8Array(count * side * side * 3);
  for (let i = 0; i < count; i++) {
    const [phase, height] = [rng.uniform() * 7, 40 + rng.int(40)];
    for (let at = 0; at < side * side * 3; at++) {
      const [row, column] = [Math.floor(at / 3 / side), Math.floor(at / 3) % side];
      const along = [row, column, (row + column) / 2][labels[i]];
      images[i * side * side * 3 + at] = 127 + height * Math.sin(along + phase) + rng.int(20);
    }
  }
  return { pixels: memoryPixels(images, size), labels };
}

const normalization = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
const dataset: Dataset = {
  name: "stripes",
  classNames: ["rows", "columns", "diagonals"],
  train: stripes("train", 30),
  test: stripes("test", 9),
  normalization,
  fingerprint: "of the stripes",
};

const newModel = () =>
  createModel("ResNet8", { classes: 3, inputShape: [side, side, 3], width: 4, rng: createRng("weights") });
let trained: StateDict;
let models = 0;

beforeAll(async () => {
  await startEngine();
  const model = newModel();
  const optimizer = createOptimizer("sgd", 0.05);
  const data = { set: dataset.train, ids: allIds(30), normalization, augmentation: "none" as const };
  await train(model, data, optimizer, {
    batchSize: 10,
    schedule: { optimizer: "sgd", initialRate: 0.05, period: 8 },
    endEpoch: 8,
    trainingMode: true,
    rng: createRng("training"),
    label: "clean",
    reporter: silentReporter,
    afterEpoch: async () => {},
  });
  trained = await model.stateDict();
  model.dispose();
  optimizer.dispose();
});

function cleanModel(): Model {
  const model = newModel();
  model.loadStateDict(trained);
  return model;
}

function input(cacheDir: string, changes: Partial<AttackInput>): AttackInput {
  return {
    dataset,
    targetClass: target,
    sourceClass: source,
    poisonShareOfTargetClass: 0.5,
    eps255: 16,
    vis: 255,
    options: { iterations: 2, lr: 0.01 },
    cleanModel: async () => {
      models++;
      return cleanModel();
    },
    newModel,
    ...commonInput(cacheDir),
    ...changes,
  };
}

const poison = async (changes: Partial<AttackInput> = {}, folder?: string) =>
  hiddenTrigger.poison(input(folder ?? (await temporaryFolder()), changes));

const bytesOf = ({ pixels }: ImageSet) => copyImages(pixels, allIds(pixels.count));

/** Puts the trigger on an image the slow way. */
function paint(image: Uint8Array): void {
  const { pixels } = triggerPatch(triggerImage, patch.side);
  for (let at = 0; at < image.length; at++) {
    const [row, column] = [
      Math.floor(at / 3 / side) - patch.start,
      (Math.floor(at / 3) % side) - patch.start,
    ];
    if (Math.min(row, column) >= 0 && Math.max(row, column) < patch.side)
      image[at] = pixels[(row * patch.side + column) * 3 + (at % 3)];
  }
}

test("the patch lies 5 pixels from the lower right corner, or where it lies on 32x32 images", () => {
  expect(patchPlace({ ...size, height: 32 }, "scaled")).toEqual({ side: 8, start: 19 });
  expect(patchPlace({ ...size, height: 32 }, "legacy")).toEqual({ side: 8, start: 19 });
  expect(patchPlace({ ...size, height: 224 }, "scaled")).toEqual({ side: 30, start: 189 });
  expect(patchPlace({ ...size, height: 224 }, "legacy")).toEqual({ side: 8, start: 19 });
  expect(patchPlace(size, "scaled")).toEqual(patch);
});

test("victims see 32x32 images as the published network does, unaugmented", () => {
  const ofSize = (height: number): Dataset => {
    const pixels = { ...dataset.train.pixels, height };
    return { ...dataset, train: { ...dataset.train, pixels } };
  };
  const cifar = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };
  expect(hiddenTrigger.prepare(ofSize(32))).toEqual({ normalization: cifar, augmentation: "none" });
  expect(hiddenTrigger.prepare(ofSize(224))).toEqual({ normalization, augmentation: "none" });
});

test.each([
  [0.5, 5],
  [0.07, 1],
  [0.31, 4],
  [0.7, 7],
  [1, 10],
])(
  "a share of %f of 10 images is %i poisons: rounded up, ascending, of the target class",
  async (share, count) => {
    const told: Int32Array[] = [];
    const { train: set, poisonIds } = await poison({
      poisonShareOfTargetClass: share,
      onPoisonsChosen: (ids) => told.push(ids),
    });
    const ids = [...poisonIds.ht];
    expect(ids).toHaveLength(count);
    expect(new Set(ids).size).toBe(count);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(ids.every((id) => dataset.train.labels[id] === target)).toBe(true);
    expect(told).toEqual([poisonIds.ht]);
    expect(set.labels).toEqual(dataset.train.labels);
  },
);

test("other images are untouched; poisons differ from theirs by eps at most", async () => {
  const before = bytesOf(dataset.train);
  const { train: set, poisonIds } = await poison({ eps255: 7, options: { iterations: 5, lr: 1 } });
  const poisons = new Set(poisonIds.ht);
  for (let row = 0; row < set.labels.length; row++) {
    const [original, image] = [dataset.train.pixels.read(row), set.pixels.read(row)];
    let largest = 0;
    for (let at = 0; at < image.length; at++) largest = Math.max(largest, Math.abs(image[at] - original[at]));
    expect(largest).toBe(poisons.has(row) ? 7 : 0);
    expect(set.pixels.read(row)).toEqual(image);
  }
  expect(Buffer.compare(bytesOf(dataset.train), before)).toBe(0);
});

test("the triggered test set: the source class's images with the patch, labelled with the target class", async () => {
  const clean = bytesOf(dataset.test);
  const { triggeredTests } = await poison();
  const sources = indicesOfClass(dataset.test.labels, source);
  expect([...triggeredTests.ht.labels]).toEqual([target, target, target]);
  sources.forEach((id, row) => {
    const expected = dataset.test.pixels.read(id).slice();
    paint(expected);
    expect(triggeredTests.ht.pixels.read(row)).toEqual(expected);
  });
  expect(Buffer.compare(bytesOf(dataset.test), clean)).toBe(0);
});

/** float32 [N, F] */
function featuresOf(model: Model, set: ImageSet): tf.Tensor2D {
  const ids = allIds(set.labels.length);
  const { images } = readBatch(set, ids, { normalization, augmentation: noAugmentation });
  const x = tf.tensor4d(images, [ids.length, side, side, 3]);
  return model.features(x, { training: false, statistics: "batch", record: false }).output as tf.Tensor2D;
}

test.each([["greedy"], ["hungarian"], ["art"]])(
  "%s: the 8-bit poisons' features are near those of patched source images",
  async (pairing) => {
    const lines: string[] = [];
    const { train: set, poisonIds } = await poison({
      poisonShareOfTargetClass: 1,
      eps255: 32,
      options: { iterations: 25, pairing },
      reporter: { ...silentReporter, info: (line) => lines.push(line) },
    });
    // The step length was found, and is reported.
    expect(lines[0]).toMatch(/^ht: steps of 1?0?\.?0*1? along the gradient; a batch is done at 1 % of/);
    expect(lines[1]).toMatch(/^ht: crafted 10 images; squared feature distance \S+ -> \S+ an image$/);
    const model = cleanModel();
    onTestFinished(() => model.dispose());
    const sources = selectImages(dataset.train, indicesOfClass(dataset.train.labels, source));
    const goals = featuresOf(model, { ...sources, pixels: paintedPixels(sources.pixels, paint) });
    /** Mean squared distance to a goal each; in ART's pairing several images may share one. */
    const distance = async (from: ImageSet): Promise<number> => {
      const features = featuresOf(model, selectImages(from, poisonIds.ht));
      const differences = tf.sub(tf.expandDims(goals, 1), tf.expandDims(features, 0));
      const squared = await tf.sum(tf.square(differences), 2).data();
      const n = poisonIds.ht.length;
      const assigned = minimumCostAssignment(squared, n);
      const nearest = (image: number) =>
        Math.min(...Array.from(assigned.keys(), (goal) => squared[goal * n + image]));
      const each = Array.from(assigned, (goal, image) =>
        pairing === "art" ? nearest(image) : squared[goal * n + image],
      );
      return each.reduce((sum, d) => sum + d, 0) / n;
    };
    expect(await distance(set)).toBeLessThan(0.3 * (await distance(dataset.train)));
  },
);

/** The published network in small, for 32x32 images. */
function tinyCustomCnn(): Model {
  const model = new Model("CustomCNN", [32, 32, 3], 10, customCnn(2, [32, 32, 3], 10));
  initialise(model.entries, createRng("weights"));
  return model;
}

test("on the published network steps are the published ones; its dropout is off", async () => {
  const images = Uint8Array.from({ length: 40 * 32 * 32 * 3 }, (_, i) => (i * 2654435761) >>> 24);
  const labels = Int32Array.from({ length: 40 }, (_, i) => i % 10);
  const set = { pixels: memoryPixels(images, { height: 32, width: 32, channels: 3 }), labels };
  const lines: string[] = [];
  const craft = async () =>
    poison({
      dataset: { ...dataset, train: set, test: set },
      cleanModel: async () => tinyCustomCnn(),
      reporter: { ...silentReporter, info: (line) => lines.push(line) },
      options: { iterations: 3, batch: 2 },
    });
  const [a, b] = [await craft(), await craft()];
  expect(lines[0]).toBe(
    "ht: steps of 0.001 along the gradient; a batch is done at a squared feature distance below 0.4",
  );
  expect(Buffer.compare(bytesOf(a.train), bytesOf(b.train))).toBe(0);
  const model = tinyCustomCnn();
  const x = tf.randomUniform([2, 32, 32, 3], 0, 1, "float32", 7) as tf.Tensor4D;
  const pass = { training: false, statistics: "batch", record: false } as const;
  const [once, again] = [model.features(x, pass).output, model.features(x, pass).output];
  expect(await once.data()).toEqual(await again.data());
  tf.dispose([x, once, again]);
  model.dispose();
});

test("the stream decides the poisons, and everything with them; no tensor is left, not even by an abort", async () => {
  const before = tf.memory().numTensors;
  const [a, b] = [await poison(), await poison()];
  expect(Buffer.compare(bytesOf(a.train), bytesOf(b.train))).toBe(0);
  const other = await poison({ rng: createRng("other") });
  expect(other.poisonIds).not.toEqual(a.poisonIds);
  const rates: GivenOptions[] = [{ lr: 0.01 }, { lr: "auto" }];
  for (const rate of rates) {
    const options = { iterations: 50, ...rate };
    const stop = new AbortController();
    const progress = () => ({
      update: (done: number) => void (done === 3 && stop.abort(new Error("stopped"))),
      stop() {},
    });
    const run = poison({ options, signal: stop.signal, reporter: { ...silentReporter, progress } });
    await expect(run).rejects.toThrow("stopped");
  }
  expect(tf.memory().numTensors).toBe(before);
});

test("crafted images are read back; a change of any parameter crafts anew", async () => {
  const folder = await temporaryFolder();
  const first = await poison({}, folder);
  const crafted = models;
  const again = await poison({ options: { iterations: 2, lr: 0.01, clean_epochs: 3 } }, folder);
  expect(models).toBe(crafted);
  expect(Buffer.compare(bytesOf(again.train), bytesOf(first.train))).toBe(0);
  const changes: Partial<AttackInput>[] = [
    { eps255: 9 },
    { targetClass: 1 },
    { sourceClass: 1 },
    { poisonShareOfTargetClass: 0.6 },
    { options: { iterations: 3, lr: 0.01 } },
    { options: { iterations: 2, lr: 0.02 } },
    { options: { iterations: 2, lr: 0.01, batch: 2 } },
    { options: { iterations: 2, lr: 0.01, pairing: "hungarian" } },
    { rng: createRng("another") },
    { cleanModelHash: async () => "of another model" },
    { dataset: { ...dataset, fingerprint: "other" } },
  ];
  for (const change of changes) await poison(change, folder);
  expect(models).toBe(crafted + changes.length);
  expect(await readdir(folder)).toHaveLength(2 * (1 + changes.length));
});

test("a damaged cache is refused by name", async () => {
  const folder = await temporaryFolder();
  await poison({}, folder);
  const [, png] = (await readdir(folder)).sort().map((name) => join(folder, name));
  const whole = await readFile(png);
  await truncate(png, whole.length - 20);
  await expect(poison({}, folder)).rejects.toThrow(`${png} is damaged`);
  await rm(png);
  expect((await poison({}, folder)).poisonIds.ht).toHaveLength(5);
});

test("refused before the clean model is asked for", async () => {
  const before = models;
  onTestFinished(() => expect(models).toBe(before));
  const labels = dataset.train.labels.map((label, i) => (label === source && i > 9 ? 1 : label));
  const few = { ...dataset, train: { ...dataset.train, labels } };
  const error = await poison({ dataset: few }).catch((refused: unknown) => refused);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toBe(
    "Hidden Trigger needs a source image for each of 5 poisons; class 0 has 4.",
  );
  const wrong: GivenOptions[] = [
    { pairing: "any" },
    { lr: 0 },
    { lr: "fast" },
    { geometry: "none" },
    { steps: 3 },
    { iterations: 0 },
  ];
  for (const options of wrong) await expect(poison({ options })).rejects.toThrow(UserError);
  const onPoisonsChosen = () => {
    throw new Error("no");
  };
  await expect(poison({ onPoisonsChosen })).rejects.toThrow("no");
});

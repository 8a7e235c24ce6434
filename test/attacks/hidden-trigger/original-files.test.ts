import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { AttackInput } from "../../../src/attacks/attack.js";
import { triggerPatch } from "../../../src/attacks/crafting/trigger-patch.js";
import { hiddenTrigger } from "../../../src/attacks/hidden-trigger/about.js";
import { triggerImage } from "../../../src/attacks/hidden-trigger/trigger-image.js";
import type { Dataset } from "../../../src/datasets/image-set.js";
import type { Pixels } from "../../../src/datasets/pixels.js";
import { startEngine } from "../../../src/engine/start.js";
import { UserError } from "../../../src/errors.js";
import { createModel } from "../../../src/models/create-model.js";
import { createRng } from "../../../src/random/rng.js";
import { silentReporter } from "../../../src/reporter.js";
import { type NpyArray, writeNpy } from "../../../src/store/npy.js";
import { temporaryFolder } from "../../store/temporary-folder.js";

const [source, target] = [3, 4];
/** Not ascending: the original kept the order in which they were drawn. */
const drawn = [34, 14, 24, 4];
const share = 4 / 5000;
const size = { height: 32, width: 32, channels: 3 };
const bytes = 32 * 32 * 3;

/** The dataset's many images, none of them in memory. Image i, value k has a level that follows from both. */
const levelOf = (id: number, k: number) => (id * 7 + k * 13) % 256;
const pixels = (count: number): Pixels => ({
  ...size,
  count,
  read: (row) => Uint8Array.from({ length: bytes }, (_, k) => levelOf(row, k)),
});
const set = (count: number) => ({
  pixels: pixels(count),
  labels: Int32Array.from({ length: count }, (_, i) => i % 10),
});
const cifar10 = (images = 50_000): Dataset => ({
  name: "CIFAR10",
  classNames: [..."0123456789"],
  train: set(images),
  test: set(20),
  normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  fingerprint: "of all images",
});

beforeAll(async () => {
  await startEngine();
});

/** Level of a poison: its image's, moved by at most 16. */
const poisonLevel = (id: number, k: number) =>
  Math.min(255, Math.max(0, levelOf(id, k) + ((k * 5) % 33) - 16));

/** float32 [N, 3, 32, 32] */
function originalImages(): NpyArray & { dtype: "float32" } {
  const data = new Float32Array(drawn.length * bytes);
  drawn.forEach((id, row) => {
    for (let channel = 0; channel < 3; channel++)
      for (let at = 0; at < 1024; at++)
        data[row * bytes + channel * 1024 + at] = poisonLevel(id, at * 3 + channel) / 255;
  });
  return { dtype: "float32", shape: [drawn.length, 3, 32, 32], data };
}
const indices = (ids: readonly number[]): NpyArray => ({
  dtype: "int64",
  shape: [ids.length],
  data: BigInt64Array.from(ids, BigInt),
});

interface Files {
  readonly images?: NpyArray;
  readonly ids?: NpyArray;
}
/** The dataset folder with the original's files, source class before target class. */
async function folderWith({ images = originalImages(), ids = indices(drawn) }: Files): Promise<string> {
  const folder = await temporaryFolder();
  await writeNpy(join(folder, "poison_data_htbd_art_model_0.0008_3_4.npy"), images);
  await writeNpy(join(folder, "poison_indices_htbd_art_model_0.0008_3_4.npy"), ids);
  return folder;
}

class CleanModelAsked extends Error {}

async function poison(datasetDir: string, changes: Partial<AttackInput> = {}) {
  const cacheDir = join(datasetDir, "poisons");
  await mkdir(cacheDir, { recursive: true });
  return hiddenTrigger.poison({
    dataset: cifar10(),
    targetClass: target,
    sourceClass: source,
    poisonShareOfTargetClass: share,
    eps255: 16,
    vis: 255,
    randomPlacement: false,
    options: {},
    cleanModel: () => Promise.reject(new CleanModelAsked()),
    cleanModelHash: async () => "hash of the clean model",
    newModel: (rng) => createModel("ResNet8", { classes: 10, inputShape: [32, 32, 3], rng, width: 4 }),
    rng: createRng("attack"),
    onPoisonsChosen: () => {},
    cacheDir,
    checkpointSeconds: 1000,
    datasetDir,
    reporter: silentReporter,
    ...changes,
  });
}

test("the original's poisons are read: float32 [N, 3, H, W] and their rows", async () => {
  const folder = await folderWith({});
  const told: Int32Array[] = [];
  const lines: string[] = [];
  const { train, poisonIds, triggeredTests } = await poison(folder, {
    options: { clean_epochs: 3, clean_batch: 5 },
    onPoisonsChosen: (ids) => told.push(ids),
    reporter: { ...silentReporter, info: (line) => lines.push(line) },
  });
  expect([...poisonIds.ht]).toEqual([4, 14, 24, 34]);
  expect(told).toEqual([poisonIds.ht]);
  for (const id of drawn)
    expect(train.pixels.read(id)).toEqual(Uint8Array.from({ length: bytes }, (_, k) => poisonLevel(id, k)));
  expect(train.pixels.read(5)).toEqual(cifar10().train.pixels.read(5));
  expect([...triggeredTests.ht.labels]).toEqual([target, target]);
  const firstLine = triggeredTests.ht.pixels.read(0).subarray((19 * 32 + 19) * 3, (19 * 32 + 27) * 3);
  expect(firstLine).toEqual(triggerPatch(triggerImage, 8).pixels.subarray(0, 24));
  expect(lines).toEqual([
    `ht: 4 poisons read from ${join(folder, "poison_data_htbd_art_model_0.0008_3_4.npy")}; their patch is 8 pixels wide`,
  ]);
});

test.each<[string, Partial<AttackInput>]>([
  ["another bound", { eps255: 8 }],
  ["another crafting", { options: { iterations: 5 } }],
  ["a part of the dataset", { dataset: cifar10(40_000), poisonShareOfTargetClass: 4 / 4000 }],
  ["another share", { poisonShareOfTargetClass: 0.001 }],
  ["another dataset", { dataset: { ...cifar10(), name: "synthetic" } }],
  ["other classes", { sourceClass: 5 }],
])("they are left aside for %s", async (_, changes) => {
  await expect(poison(await folderWith({}), changes)).rejects.toThrow(CleanModelAsked);
});

const changed = (at: number, value: number): NpyArray => {
  const images = originalImages();
  images.data[at] = value;
  return images;
};
const { data } = originalImages();

test.each<[string, Files, string]>([
  ["too few ids", { ids: indices([34, 14, 24]) }, "holds 3 ids, not 4"],
  ["an id twice", { ids: indices([34, 14, 24, 34]) }, "names an image twice"],
  ["another class", { ids: indices([34, 14, 24, 5]) }, "names images that are not of class 4"],
  ["an id outside", { ids: indices([34, 14, 24, 50_004]) }, "names images that are not of class 4"],
  [
    "ids of another type",
    { ids: { ...indices([]), dtype: "float32", shape: [4], data: Float32Array.from(drawn) } as NpyArray },
    "holds float32",
  ],
  [
    "another shape",
    { images: { dtype: "float32", shape: [4, 32, 32, 3], data } },
    "is [4,32,32,3] float32, not [4,3,32,32]",
  ],
  [
    "more images",
    { images: { dtype: "float32", shape: [5, 3, 32, 32], data: new Float32Array(5 * bytes) } },
    "no readable .npy",
  ],
  ["levels instead of [0, 1]", { images: changed(100, 200) }, "has values outside [0, 1]"],
  ["no number", { images: changed(100, Number.NaN) }, "has values outside [0, 1]"],
  ["other images", { ids: indices([44, 14, 24, 4]) }, "poison 0 is not near image 44"],
])("refused with the file's name: %s", async (_, files, reason) => {
  const folder = await folderWith(files);
  const error = await poison(folder).catch((refused: unknown) => refused);
  expect(error).toBeInstanceOf(UserError);
  const { message, hint } = error as UserError;
  expect(message).toContain(join(folder, "poison_"));
  expect(message).toContain(reason);
  expect(hint).toContain("Move both files away");
});

import { cp, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import type { Dataset } from "../../../src/datasets/image-set.js";
import { loadDataset } from "../../../src/datasets/load-dataset.js";
import { resizedPixels } from "../../../src/datasets/resize.js";
import { findStl10 } from "../../../src/datasets/stl10/layout.js";
import { readStl10 } from "../../../src/datasets/stl10/stl10.js";
import { UserError } from "../../../src/errors.js";
import { silentReporter } from "../../../src/reporter.js";
import { withFolder } from "../cifar-files.js";
import { stlImages, stlLabels, stlLevel, writeStlLayout } from "../stl10-files.js";

const FOLDER = "stl10_binary";

const load = (folder: string, limitPerClass?: number) =>
  loadDataset("slt10", {
    datasetDir: folder,
    seed: 1,
    reporter: silentReporter,
    ...(limitPerClass && { limitPerClass }),
  });

function nativeOf(dataset: Dataset) {
  if (dataset.native === undefined) throw new Error("STL-10 has images of another size than networks take.");
  return dataset.native;
}

/** Image i in rows. */
const expected = (i: number) =>
  Buffer.from(
    Uint8Array.from({ length: 27648 }, (_, at) =>
      stlLevel(i, Math.floor(at / 288), Math.floor(at / 3) % 96, at % 3),
    ),
  );

test("planes that run down the columns become rows of pixels, labels 1 to 10 classes 0 to 9", () =>
  withFolder(async (folder) => {
    await writeStlLayout(path.join(folder, FOLDER));
    const dataset = await load(folder);
    const { train, test: testing } = nativeOf(dataset);
    expect([train.count, testing.count, train.height, train.width, train.channels]).toEqual([
      6, 3, 96, 96, 3,
    ]);
    for (let i = 0; i < 6; i++) expect(expected(i).equals(train.read(i))).toBe(true);
    for (let i = 0; i < 3; i++) expect(expected(6 + i).equals(testing.read(i))).toBe(true);
    expect([...dataset.train.labels]).toEqual(stlLabels.train);
    expect([...dataset.test.labels]).toEqual(stlLabels.test);
    expect([dataset.name, dataset.classNames[2], dataset.classNames[7]]).toEqual(["slt10", "car", "monkey"]);
    expect(dataset.normalization.std).toEqual([0.229, 0.224, 0.225]);
  }));

test("networks see them in 224 x 224; rows that were read stay as they are", () =>
  withFolder(async (folder) => {
    await writeStlLayout(path.join(folder, FOLDER));
    const dataset = await load(folder);
    const { pixels } = dataset.train;
    expect([pixels.count, pixels.height, pixels.width]).toEqual([6, 224, 224]);
    const [small, large] = [nativeOf(dataset).train.read(4), pixels.read(4)];
    pixels.read(5);
    expect(expected(4).equals(small)).toBe(true);
    expect(Buffer.compare(large, resizedPixels(nativeOf(dataset).train, 224).read(4))).toBe(0);
  }));

test("a limit keeps the first of each class, in both sizes", () =>
  withFolder(async (folder) => {
    await writeStlLayout(path.join(folder, FOLDER));
    const [whole, one, all] = [await load(folder), await load(folder, 1), await load(folder, 10)];
    expect([...one.train.labels]).toEqual([3, 0, 9]);
    expect([...one.test.labels]).toEqual([0, 3]);
    const native = nativeOf(one);
    expect([native.train.count, native.test.count, one.test.pixels.count]).toEqual([3, 2, 2]);
    expect(expected(7).equals(native.test.read(1))).toBe(true);
    expect(one.fingerprint).not.toBe(whole.fingerprint);
    expect(all.fingerprint).toBe(whole.fingerprint);
  }));

test("the unlabelled images are not looked at, and the folder itself may be named", () =>
  withFolder(async (folder) => {
    const directory = path.join(folder, FOLDER);
    await writeStlLayout(directory);
    const before = (await load(folder)).fingerprint;
    await writeFile(path.join(directory, "unlabeled_X.bin"), "no images");
    expect((await load(directory)).fingerprint).toBe(before);
  }));

test.each<[string, string, Uint8Array, string]>([
  [
    "a cut file",
    "train_X.bin",
    stlImages(6).slice(0, -1),
    "train_X.bin has 165887 bytes, not a multiple of 27648",
  ],
  ["no images", "test_X.bin", new Uint8Array(0), "test_X.bin has 0 bytes"],
  ["too few images", "train_X.bin", stlImages(5), "train_X.bin has 5 images, "],
  ["label 0", "test_y.bin", Uint8Array.of(1, 0, 4), "test_y.bin: image 1 has label 0, not 1 to 10"],
  ["label 11", "train_y.bin", Uint8Array.of(1, 2, 3, 4, 5, 11), "train_y.bin: image 5 has label 11"],
])("%s is named", (_, file, content, message) =>
  withFolder(async (folder) => {
    const directory = path.join(folder, FOLDER);
    await writeStlLayout(directory);
    await writeFile(path.join(directory, file), content);
    const reading = readStl10(directory);
    await expect(reading).rejects.toThrow(UserError);
    await expect(reading).rejects.toThrow(message);
  }),
);

test("what is missing is named; without a folder nothing is found", () =>
  withFolder(async (folder) => {
    expect(await findStl10(folder)).toBeUndefined();
    await writeStlLayout(path.join(folder, FOLDER));
    await rm(path.join(folder, FOLDER, "test_y.bin"));
    await expect(load(folder)).rejects.toThrow("lacks test_y.bin");
  }));

test("a file that gets shorter while it is used is named", () =>
  withFolder(async (folder) => {
    const directory = path.join(folder, FOLDER);
    await writeStlLayout(directory);
    const dataset = await readStl10(directory);
    await truncate(path.join(directory, "test_X.bin"), 30_000);
    expect(() => dataset.test.pixels.read(2)).toThrow(/test_X.bin became shorter/);
  }));

test.each(["train_X.bin", "test_y.bin"])("%s behind a link that leads out of the folder is refused", (name) =>
  withFolder(async (folder) => {
    const directory = path.join(folder, FOLDER);
    await writeStlLayout(directory);
    await rename(path.join(directory, name), path.join(folder, "outside"));
    await symlink("../outside", path.join(directory, name));
    await expect(load(folder)).rejects.toThrow(/is a link to .*outside, outside /);
  }),
);

test("the folder may have another name, and be named with a slash", () =>
  withFolder(async (folder) => {
    await writeStlLayout(path.join(folder, FOLDER));
    await cp(path.join(folder, FOLDER), path.join(folder, "mine"), { recursive: true });
    expect((await load(`${path.join(folder, "mine")}/`)).train.labels).toHaveLength(6);
  }));

import { createHash } from "node:crypto";
import { copyFile, cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { drawClasses } from "../../../src/datasets/tiny-imagenet/draw-classes.js";
import { withFolder } from "../cifar-files.js";
import {
  classId,
  imageFixture,
  levels,
  loadTiny,
  tinyFolder,
  trainLevel,
  validationLevel,
  writeTinyLayout,
} from "../tiny-imagenet-files.js";

describe("the classes", () => {
  const ids = Array.from({ length: 200 }, (_, i) => classId(i));

  test("are drawn from the sorted ids as Python does with seed 42", () => {
    const positions = drawClasses(ids).map((id) => ids.indexOf(id));
    expect(positions.slice(0, 12)).toEqual([163, 28, 6, 189, 70, 62, 57, 35, 188, 26, 173, 139]);
    expect([positions[30], positions[40], positions.length]).toEqual([150, 190, 100]);
  });

  test("are all taken, sorted, when there are no more than 100", () => {
    expect(drawClasses(ids.slice(0, 100))).toEqual(ids.slice(0, 100));
    expect(drawClasses(ids.slice(0, 101))).toHaveLength(100);
    expect(drawClasses(ids.slice(0, 101))).not.toEqual(ids.slice(0, 100));
  });
});

describe("a small folder", () => {
  test("training images go by class and number, validation images by the list", () =>
    withFolder(async (folder) => {
      await writeTinyLayout(path.join(folder, tinyFolder), 3, 12);
      const { dataset, native, lines } = await loadTiny(folder);
      expect(dataset.classNames).toEqual([0, 1, 2].map(classId));
      const order = [0, 1, 2].flatMap((i) => Array.from({ length: 12 }, (_, k) => [i, k] as const));
      expect([...dataset.train.labels]).toEqual(order.map(([i]) => i));
      expect(levels(native.train)).toEqual(order.map(([i, k]) => trainLevel(i, k)));
      expect([...dataset.test.labels]).toEqual([2, 1, 0]);
      expect(levels(native.test)).toEqual([2, 1, 0].map(validationLevel));
      expect([dataset.train.pixels.height, dataset.train.pixels.count]).toEqual([224, 36]);
      expect(dataset.train.pixels.read(13)[0]).toBe(trainLevel(1, 1));
      expect(lines[0]).toMatch(/^imagenet: all 3 classes of .*, label 0 is the first by name, n01000000$/);
    }));

  test("a folder of 101 classes has 100 drawn, and their lines of the validation list", () =>
    withFolder(async (folder) => {
      await writeTinyLayout(path.join(folder, tinyFolder), 101, 1);
      const ids = Array.from({ length: 101 }, (_, i) => classId(i));
      const { dataset, native, lines } = await loadTiny(folder);
      expect(dataset.classNames).toEqual(drawClasses(ids));
      expect(levels(native.train)).toEqual(dataset.classNames.map((id) => trainLevel(ids.indexOf(id), 0)));
      expect(dataset.test.labels).toHaveLength(100);
      expect(dataset.classNames[dataset.test.labels[0]]).toBe(
        [...ids].reverse().find((id) => dataset.classNames.includes(id)),
      );
      expect(lines[0]).toContain("imagenet: 100 of the 101 classes of ");
      expect(lines[0]).toContain(`drawn with seed 42; label 0 is ${dataset.classNames[0]}`);
    }));

  test("a limit decodes the first of each class and no more", () =>
    withFolder(async (folder) => {
      await writeTinyLayout(path.join(folder, tinyFolder), 4, 6);
      await writeFile(
        path.join(folder, tinyFolder, `train/${classId(0)}/images/${classId(0)}_5.JPEG`),
        "damaged",
      );
      const { dataset, native, decoded } = await loadTiny(folder, 2);
      expect(decoded).toBe(4 * 2 + 4);
      expect(levels(native.train)).toEqual([0, 1, 2, 3].flatMap((i) => [trainLevel(i, 0), trainLevel(i, 1)]));
      expect([dataset.train.pixels.count, dataset.test.pixels.count]).toEqual([8, 4]);
      await expect(loadTiny(folder)).rejects.toThrow(`${classId(0)}_5.JPEG is no JPEG, PNG`);
    }));

  test("colour and grey images are what Pillow decodes", () =>
    withFolder(async (folder) => {
      const root = path.join(folder, tinyFolder);
      await writeTinyLayout(root, 2, 1);
      const place = (i: number) => path.join(root, `train/${classId(i)}/images/${classId(i)}_0.JPEG`);
      await copyFile(imageFixture("colour.jpeg"), place(0));
      await copyFile(imageFixture("grey.jpeg"), place(1));
      const { native } = await loadTiny(folder);
      const hashes = [0, 1].map((row) => createHash("sha256").update(native.train.read(row)).digest("hex"));
      expect(hashes).toEqual([
        "ca6b048063296d4d6406e2714c6c84f33763e64604c11a034814693f53b4e6a6",
        "466a0574d7b422fe19e0e5d8e8e40e75f0b6626d30705444a7401ffde201b8ce",
      ]);
    }));
});

test("the folder may be a link itself, or be named, and links within it are followed", () =>
  withFolder(async (folder) => {
    const elsewhere = path.join(folder, "elsewhere/tiny");
    await writeTinyLayout(elsewhere, 2, 2);
    const [zero, one] = [0, 1].map((k) =>
      path.join(elsewhere, `train/${classId(0)}/images/${classId(0)}_${k}.JPEG`),
    );
    await rm(one);
    await symlink(zero, one);
    const expected = [0, 0, 16, 17];
    await mkdir(path.join(folder, "datasets"));
    await symlink(elsewhere, path.join(folder, "datasets", tinyFolder));
    expect(levels((await loadTiny(path.join(folder, "datasets"))).native.train)).toEqual(expected);
    await cp(elsewhere, path.join(folder, tinyFolder), { recursive: true, verbatimSymlinks: false });
    expect((await loadTiny(elsewhere)).native.train.count).toBe(4);
  }));

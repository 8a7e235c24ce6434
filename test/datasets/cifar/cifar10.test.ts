import { cp, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readCifar } from "../../../src/datasets/cifar/cifar.js";
import { cifar10 } from "../../../src/datasets/cifar/cifar10.js";
import { findCifar } from "../../../src/datasets/cifar/layout.js";
import type { ImageSet } from "../../../src/datasets/image-set.js";
import { UserError } from "../../../src/errors.js";
import {
  binaryBatch,
  fixtureLabels,
  planeByte,
  withFolder,
  writeBinaryLayout,
  writePickleLayout,
} from "../cifar-files.js";

async function read(folder: string) {
  const found = await findCifar(cifar10, folder);
  if (found === undefined) throw new Error("CIFAR-10 was not found.");
  return readCifar(found);
}

/** Image `row` of a set must be image `i` of the fixtures: plane c, row y, column x at (y, x, c). */
function expectImage(set: ImageSet, row: number, i: number): void {
  const expected = Uint8Array.from({ length: 3072 }, (_, position) =>
    planeByte(i, (position % 3) * 1024 + Math.floor(position / 3)),
  );
  expect(set.pixels.read(row)).toEqual(expected);
}

describe("binary layout", () => {
  test("an image's id is its place in batches 1 to 5, its pixels are interleaved", () =>
    withFolder(async (folder) => {
      await writeBinaryLayout(path.join(folder, "cifar-10-batches-bin"));
      const dataset = await read(folder);
      expect(Array.from(dataset.train.labels)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(Array.from(dataset.test.labels)).toEqual([0, 1]);
      for (let i = 0; i < 10; i++) expectImage(dataset.train, i, i);
      expectImage(dataset.test, 1, 11);
      expect(dataset.classNames[9]).toBe("truck");
      expect(dataset.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    }));

  test("batch files may differ in length, and the folder itself may be named", () =>
    withFolder(async (folder) => {
      const directory = path.join(folder, "cifar-10-batches-bin");
      await writeBinaryLayout(directory);
      await writeFile(path.join(directory, "data_batch_2.bin"), binaryBatch([7, 7, 7, 7, 7]));
      const dataset = await read(directory);
      expect(Array.from(dataset.train.labels)).toEqual([0, 1, 7, 7, 7, 7, 7, 4, 5, 6, 7, 8, 9]);
    }));

  test.each([
    [
      "a cut file",
      binaryBatch([1, 2]).slice(0, 5000),
      "data_batch_3.bin has 5000 bytes, not a multiple of 3073",
    ],
    ["an empty file", new Uint8Array(0), "data_batch_3.bin has 0 bytes"],
    ["a wrong label", binaryBatch([1, 200]), "data_batch_3.bin: image 1 has label 200, not 0 to 9"],
  ])("%s is named", (_, bytes, message) =>
    withFolder(async (folder) => {
      const directory = path.join(folder, "cifar-10-batches-bin");
      await writeBinaryLayout(directory);
      await writeFile(path.join(directory, "data_batch_3.bin"), bytes);
      const reading = read(folder);
      await expect(reading).rejects.toThrow(UserError);
      await expect(reading).rejects.toThrow(message);
    }),
  );

  test("what is missing is named; with neither folder nothing is found", () =>
    withFolder(async (folder) => {
      expect(await findCifar(cifar10, folder)).toBeUndefined();
      expect(await findCifar(cifar10, path.join(folder, "nowhere"))).toBeUndefined();
      const directory = path.join(folder, "cifar-10-batches-bin");
      await writeBinaryLayout(directory);
      await rm(path.join(directory, "data_batch_4.bin"));
      await expect(findCifar(cifar10, folder)).rejects.toThrow("lacks data_batch_4.bin");
      await writePickleLayout(path.join(folder, "cifar-10-batches-py"), "python2");
      expect((await findCifar(cifar10, folder))?.directory).toMatch(/batches-py$/);
    }));
});

describe("Python layout", () => {
  const writers = ["python2", "python3-protocol2", "python3-protocol5"];
  const numpyLabels = ["numpy-array", "numpy-bytes", "numpy-integers"];
  test.each([...writers, ...numpyLabels])("as %s writes it", (name) =>
    withFolder(async (folder) => {
      await writePickleLayout(path.join(folder, "cifar-10-batches-py"), name);
      const dataset = await read(folder);
      expect(Array.from(dataset.train.labels)).toEqual(Array(5).fill(fixtureLabels).flat());
      expect(Array.from(dataset.test.labels)).toEqual(fixtureLabels);
      for (let row = 0; row < 15; row++) expectImage(dataset.train, row, row % 3);
    }),
  );

  test("the binary layout is preferred", () =>
    withFolder(async (folder) => {
      await writePickleLayout(path.join(folder, "cifar-10-batches-py"), "python2");
      await writeBinaryLayout(path.join(folder, "cifar-10-batches-bin"));
      expect((await findCifar(cifar10, folder))?.directory).toMatch(/batches-bin$/);
    }));

  test.each([
    ["no dictionary", "\x80\x02N.", 'no array "data"'],
    ["no array", "\x80\x02}U\x04dataNs.", 'no array "data"'],
  ])("a pickle with %s is named", (_, text, message) =>
    withFolder(async (folder) => {
      const directory = path.join(folder, "cifar-10-batches-py");
      await writePickleLayout(directory, "python2");
      await writeFile(path.join(directory, "data_batch_5"), Buffer.from(text, "latin1"));
      const reading = read(folder);
      await expect(reading).rejects.toThrow(UserError);
      await expect(reading).rejects.toThrow(`data_batch_5 is no batch of CIFAR-10: ${message}`);
    }),
  );
});

describe("the folder may be named in any way", () => {
  test.each([
    ["with a slash behind it", (folder: string) => `${path.join(folder, "cifar-10-batches-bin")}/`],
    ["with dots", (folder: string) => `${folder}/./cifar-10-batches-bin/../cifar-10-batches-bin/.`],
    [
      "from the working directory",
      (folder: string) => path.relative(".", path.join(folder, "cifar-10-batches-bin")),
    ],
    ["under another name", (folder: string) => path.join(folder, "mine")],
    ["by a link to it", (folder: string) => path.join(folder, "link")],
    ["by a link to what it lies in", (folder: string) => path.join(folder, "up")],
  ])("%s", (_, name) =>
    withFolder(async (folder) => {
      const directory = path.join(folder, "cifar-10-batches-bin");
      await writeBinaryLayout(directory);
      await cp(directory, path.join(folder, "mine"), { recursive: true });
      await symlink(directory, path.join(folder, "link"));
      await symlink(folder, path.join(folder, "up"));
      expect((await read(name(folder))).train.labels).toHaveLength(10);
    }),
  );
});

describe("links", () => {
  test("that lead out of the folder are refused", () =>
    withFolder(async (folder) => {
      const directory = path.join(folder, "cifar-10-batches-bin");
      await writeBinaryLayout(directory);
      await rename(path.join(directory, "data_batch_3.bin"), path.join(folder, "outside.bin"));
      await symlink("../outside.bin", path.join(directory, "data_batch_3.bin"));
      const reading = read(folder);
      await expect(reading).rejects.toThrow(UserError);
      await expect(reading).rejects.toThrow(/data_batch_3\.bin is a link to .*outside\.bin, outside /);
    }));

  test("within it are followed", () =>
    withFolder(async (folder) => {
      const directory = path.join(folder, "cifar-10-batches-bin");
      await writeBinaryLayout(directory);
      await rename(path.join(directory, "data_batch_3.bin"), path.join(directory, "third"));
      await symlink("third", path.join(directory, "data_batch_3.bin"));
      expectImage((await read(folder)).train, 4, 4);
    }));

  test("what is no file is named", () =>
    withFolder(async (folder) => {
      const directory = path.join(folder, "cifar-10-batches-bin");
      await writeBinaryLayout(directory);
      await rm(path.join(directory, "data_batch_3.bin"));
      await symlink(".", path.join(directory, "data_batch_3.bin"));
      await expect(read(folder)).rejects.toThrow("cifar-10-batches-bin is a folder, not a file");
    }));
});

import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readCifar } from "../../../src/datasets/cifar/cifar.js";
import { cifar100, cifar100Archive } from "../../../src/datasets/cifar/cifar100.js";
import { findCifar } from "../../../src/datasets/cifar/layout.js";
import { fetchArchive } from "../../../src/datasets/fetch-archive.js";
import { UserError } from "../../../src/errors.js";
import { silentReporter } from "../../../src/reporter.js";
import { serve, tarGz, withServer } from "../archive-server.js";
import { fixture, planeByte, withFolder } from "../cifar-files.js";

/** Records of a coarse label, a fine label and image i's planes. */
function records(fine: readonly number[]): Buffer {
  return Buffer.concat(
    fine.map((label, i) =>
      Buffer.from([label % 20, label, ...Array.from({ length: 3072 }, (_, k) => planeByte(i, k))]),
    ),
  );
}

async function writeBinary(directory: string, train = [0, 99, 7]): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, "train.bin"), records(train));
  await writeFile(path.join(directory, "test.bin"), records([53]));
}

/** A batch of CIFAR-10 as Python 2 wrote it, its labels under the key of CIFAR-100. */
async function pickledBatch(): Promise<Buffer> {
  const text = (await fixture("python2")).toString("latin1");
  expect(text).toContain("U\x06labels");
  return Buffer.from(text.replace("U\x06labels", "U\x0bfine_labels"), "latin1");
}

async function read(folder: string) {
  const found = await findCifar(cifar100, folder);
  if (found === undefined) throw new Error("CIFAR-100 was not found.");
  return readCifar(found);
}

test("there are a hundred classes, in the order of their names", () => {
  expect(new Set(cifar100.classNames).size).toBe(100);
  expect([...cifar100.classNames].sort()).toEqual(cifar100.classNames);
  expect([cifar100.classNames[0], cifar100.classNames[53], cifar100.classNames[99]]).toEqual([
    "apple",
    "orange",
    "worm",
  ]);
});

test("of a binary record the second label counts, the pixels follow it", () =>
  withFolder(async (folder) => {
    await writeBinary(path.join(folder, "cifar-100-binary"));
    const { train, test: testing, name, classNames } = await read(folder);
    expect([name, classNames.length]).toEqual(["CIFAR100", 100]);
    expect([[...train.labels], [...testing.labels]]).toEqual([[0, 99, 7], [53]]);
    const expected = Uint8Array.from({ length: 3072 }, (_, at) =>
      planeByte(2, (at % 3) * 1024 + Math.floor(at / 3)),
    );
    expect(train.pixels.read(2)).toEqual(expected);
  }));

test("of the Python layout the fine labels count", () =>
  withFolder(async (folder) => {
    const directory = path.join(folder, "cifar-100-python");
    await mkdir(directory);
    for (const name of ["train", "test"]) await writeFile(path.join(directory, name), await pickledBatch());
    expect([...(await read(folder)).train.labels]).toEqual([6, 9, 0]);
    await writeFile(path.join(directory, "train"), await fixture("python2"));
    await expect(read(folder)).rejects.toThrow('train is no batch of CIFAR-100: not 3 "fine_labels"');
  }));

describe("what is not it is named", () => {
  test.each([
    ["label 100", records([3, 100]), "train.bin: image 1 has label 100, not 0 to 99"],
    ["a cut file", records([3]).subarray(0, 3073), "not a multiple of 3074 (2 labels and a 32x32x3 image)"],
  ])("%s", (_, bytes, message) =>
    withFolder(async (folder) => {
      const directory = path.join(folder, "cifar-100-binary");
      await writeBinary(directory);
      await writeFile(path.join(directory, "train.bin"), bytes);
      const reading = read(folder);
      await expect(reading).rejects.toThrow(UserError);
      await expect(reading).rejects.toThrow(message);
    }),
  );

  test("folders called train and test are no files of it", () =>
    withFolder(async (folder) => {
      await mkdir(path.join(folder, "train"));
      await mkdir(path.join(folder, "test"));
      expect(await findCifar(cifar100, folder)).toBeUndefined();
    }));
});

test("the archive is unpacked as it is published", () =>
  withFolder(async (source) => {
    const folder = "cifar-100-binary";
    await writeBinary(source);
    const entry = async (name: string) => ({
      name: `${folder}/${name}`,
      content: await readFile(path.join(source, name)),
    });
    const body = await tarGz([
      { name: folder, type: "directory" },
      { name: `${folder}/coarse_label_names.txt` },
      { name: `${folder}/fine_label_names.txt` },
      await entry("train.bin"),
      await entry("test.bin"),
    ]);
    await withServer(body, [serve], (remote) =>
      withFolder(async (target) => {
        await fetchArchive({ ...cifar100Archive, remote }, target, { reporter: silentReporter });
        expect((await read(target)).train.labels).toHaveLength(3);
      }),
    );
  }));

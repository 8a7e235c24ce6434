import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type NpyArray, npyParts } from "../../../src/store/npy.js";
import {
  binaryBatch,
  binaryNames,
  fixtureLabels,
  planeByte,
  writePickleLayout,
} from "../../datasets/cifar-files.js";
import { stlLabels, stlLevel, writeStlLayout } from "../../datasets/stl10-files.js";
import { temporaryFolder } from "../../store/temporary-folder.js";
import { contentOf, folderOf, refusal, scanned } from "./inputs.js";

const npy = (array: NpyArray) => Buffer.concat(npyParts(array));
const bytes = (shape: readonly number[], data: Uint8Array) => npy({ dtype: "uint8", shape, data });
const labelled = (...values: bigint[]) =>
  npy({ dtype: "int64", shape: [values.length], data: BigInt64Array.from(values) });

/** Four images of 8x8 pixels, the levels of image i are 10 i + channel. */
const rgb = Uint8Array.from({ length: 4 * 8 * 8 * 3 }, (_, k) => 10 * Math.floor(k / 192) + (k % 3));
const planes = Uint8Array.from(
  { length: 4 * 3 * 8 * 8 },
  (_, k) => 10 * Math.floor(k / 192) + (Math.floor(k / 64) % 3),
);

test("images.npy and labels.npy, as pixels or planes; trusted.npy marks", async () => {
  for (const images of [bytes([4, 8, 8, 3], rgb), bytes([4, 3, 8, 8], planes)]) {
    const data = await folderOf({
      "images.npy": images,
      "labels.npy": labelled(10n, 2n, 10n, 2n),
      "trusted.npy": npy({ dtype: "bool", shape: [4], data: Uint8Array.of(0, 0, 1, 1) }),
    });
    const found = await scanned(data);
    expect(found.classes.map(({ name }) => name)).toEqual(["2", "10"]);
    expect(contentOf(found)).toEqual({
      2: [["images.npy#1=10"], ["images.npy#3=30"]],
      10: [["images.npy#0=0"], ["images.npy#2=20"]],
    });
    expect([...found.subject.images.pixels.read(1).subarray(0, 4)]).toEqual([10, 11, 12, 10]);
    expect(found.fileOf(0)).toBeUndefined();
  }
});

test("grey images become three equal channels, others are brought to the side; a folder is trusted", async () => {
  const data = await folderOf({
    "images.npy": bytes(
      [2, 16, 32],
      Uint8Array.from({ length: 1024 }, (_, k) => (k < 512 ? 7 : 9)),
    ),
    "labels.npy": labelled(0n, 1n),
  });
  const found = await scanned(data, await folderOf({ "1/a.png": 3 }));
  expect([...found.subject.images.pixels.read(1)]).toEqual(new Array(192).fill(9));
  expect(contentOf(found)).toEqual({ 0: [["images.npy#0=7"], []], 1: [["images.npy#1=9"], ["1/a.png=3"]] });
});

test("1,000 classes of two images, one of them trusted", async () => {
  const data = await folderOf({
    "images.npy": bytes(
      [2000, 2, 2],
      Uint8Array.from({ length: 8000 }, (_, k) => (k * 7) % 251),
    ),
    "labels.npy": labelled(...Array.from({ length: 2000 }, (_, i) => BigInt(i % 1000))),
    "trusted.npy": bytes(
      [2000],
      Uint8Array.from({ length: 2000 }, (_, i) => Number(i >= 1000)),
    ),
  });
  const { classes } = await scanned(data);
  expect(classes.map(({ name }) => Number(name))).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(classes.every(({ suspects, trusted }) => suspects.length === 1 && trusted.length === 1)).toBe(true);
});

test("arrays that are no images or labels are refused", async () => {
  const data = await folderOf({ "images.npy": bytes([4, 8, 8, 3], rgb) });
  const put = (name: string, content: Uint8Array) => writeFile(join(data, name), content);
  expect(await refusal(data)).toMatch(/labels.npy is missing/);
  await put("labels.npy", labelled(0n, 1n, 2n));
  expect(await refusal(data)).toMatch(/labels.npy is \[3\], not \[4\]/);
  await put("labels.npy", labelled(0n, 1n, -2n, 0n));
  expect(await refusal(data)).toMatch(/has -2 at 2: no whole number/);
  await put("labels.npy", labelled(0n, 1n, 0n, 1n));
  await put("trusted.npy", labelled(0n, 1n, 0n, 3n));
  expect(await refusal(data)).toMatch(/trusted.npy has 3 at 3, not 0 or 1/);
  await rm(join(data, "trusted.npy"));
  await put("images.npy", npy({ dtype: "float32", shape: [4, 1, 1, 3], data: new Float32Array(12) }));
  expect(await refusal(data)).toMatch(/images.npy is float32 \[4, 1, 1, 3\], which is no images/);
  await put("images.npy", bytes([4, 16, 3], rgb.subarray(0, 192)));
  await put("images.npy", bytes([4, 8, 8, 3], rgb).subarray(0, 500));
  expect(await refusal(data)).toMatch(/images.npy is no readable .npy array/);
});

/** Level of the first pixel of CIFAR's image i in these files, brought from 32x32 to 32x32. */
const cifarLevel = (i: number) => planeByte(i, 0);

test("CIFAR-10: whatever batches there are, a list or the test batch trusted", async () => {
  const data = await folderOf({
    "data_batch_1.bin": binaryBatch([3, 5, 3]),
    "data_batch_4.bin": binaryBatch([5], 7),
    "test_batch.bin": binaryBatch([3], 9),
  });
  const found = await scanned(data, join(data, "test_batch.bin"), { size: 32 });
  expect(found.lines).toContainEqual(
    expect.stringMatching(/lacks data_batch_2.bin, data_batch_3.bin, data_batch_5/),
  );
  expect(contentOf(found)).toEqual({
    cat: [
      [`data_batch_1.bin#0=${cifarLevel(0)}`, `data_batch_1.bin#2=${cifarLevel(2)}`],
      [`test_batch.bin#0=${cifarLevel(9)}`],
    ],
    dog: [[`data_batch_1.bin#1=${cifarLevel(1)}`, `data_batch_4.bin#0=${cifarLevel(7)}`], []],
  });
  const list = join(await folderOf({ "list.txt": "data_batch_1.bin#2\n3\n" }), "list.txt");
  const marked = contentOf(await scanned(data, list, { size: 32 }));
  expect(marked.cat[1]).toEqual([`data_batch_1.bin#2=${cifarLevel(2)}`]);
  expect(marked.dog[1]).toEqual([`data_batch_4.bin#0=${cifarLevel(7)}`]);
  expect(await refusal(data, join(data, "data_batch_4.bin"))).toMatch(/1 image of .* is in the data/);
  await writeFile(join(data, "data_batch_1.bin"), "short");
  expect(await refusal(data, list)).toMatch(/data_batch_1.bin has 5 bytes, not a multiple of 3073/);
});

test("CIFAR-100 and the pickled form", async () => {
  const python = await temporaryFolder();
  await writePickleLayout(python, "python3-protocol2");
  const found = await scanned(python, join(python, "test_batch"), { size: 32 });
  expect(found.classes).toHaveLength(new Set(fixtureLabels).size);
  expect(found.nameOf(4)).toBe("data_batch_2#1");
  const record = Buffer.concat([Buffer.of(1), binaryBatch([0]), Buffer.of(2), binaryBatch([1], 1)]);
  const hundred = await folderOf({ "train.bin": record, "test.bin": record });
  const { classes } = await scanned(hundred, join(hundred, "test.bin"), { size: 32 });
  expect(classes.map(({ name }) => name)).toEqual(["apple", "aquarium_fish"]);
});

test("STL-10: the labelled part for training, its test images trusted", async () => {
  const data = await temporaryFolder();
  await writeStlLayout(data);
  const found = await scanned(data, join(data, "test_X.bin"), { size: 96 });
  expect(found.numSuspects).toBe(stlLabels.train.length);
  expect(contentOf(found).airplane).toEqual([
    [`train_X.bin#1=${stlLevel(1, 0, 0, 0)}`, `train_X.bin#4=${stlLevel(4, 0, 0, 0)}`],
    [`test_X.bin#0=${stlLevel(6, 0, 0, 0)}`],
  ]);
});

test("trusted classes that the arrays lack are named", async () => {
  const data = await temporaryFolder();
  for (const name of binaryNames) await writeFile(join(data, name), binaryBatch([0, 1]));
  expect(await refusal(data, await folderOf({ "cat/a.png": 1 }))).toMatch(/lacks: "cat"/);
});

import { createHash } from "node:crypto";
import { copyFile, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { readImageFolder } from "../../src/datasets/image-folder.js";
import { UserError } from "../../src/errors.js";
import { type Reporter, silentReporter } from "../../src/reporter.js";
import { withFolder } from "./cifar-files.js";
import {
  classId,
  flatJpeg,
  imageFixture,
  levels,
  tinyFolder,
  trainLevel,
  writeTinyLayout,
} from "./tiny-imagenet-files.js";

const read = (folder: string, side = 32, more: { maxImages?: number; reporter?: Reporter } = {}) =>
  readImageFolder(folder, side, {
    cacheDir: path.join(folder, "../cache"),
    reporter: silentReporter,
    ...more,
  });

/** A folder of folders: class a has levels 10, 20, 30, class b 40, class c 50, 60. */
async function writeClasses(folder: string): Promise<void> {
  const content = { a: [10, 20, 30], b: [40], c: [50, 60] };
  for (const [name, greys] of Object.entries(content)) {
    await mkdir(path.join(folder, name), { recursive: true });
    for (const grey of greys)
      await writeFile(
        path.join(folder, name, `${grey}.jpg`),
        await flatJpeg(grey, { height: 16, width: 16 }),
      );
  }
}

describe("classes", () => {
  test("are the sub-folders with images, by name", () =>
    withFolder(async (parent) => {
      const folder = path.join(parent, "set");
      await writeClasses(folder);
      await mkdir(path.join(folder, "empty"));
      await writeFile(path.join(folder, "a", "notes.txt"), "no image");
      await writeFile(path.join(folder, "a", ".hidden.jpg"), "no image");
      const images = await read(folder);
      expect(images.classNames).toEqual(["a", "b", "c"]);
      expect([...images.labels]).toEqual([0, 0, 0, 1, 2, 2]);
      expect(levels(images.pixels)).toEqual([10, 20, 30, 40, 50, 60]);
      expect([images.pixels.height, images.pixels.width, images.pixels.channels]).toEqual([32, 32, 3]);
    }));

  test("are one where there are no sub-folders", () =>
    withFolder(async (parent) => {
      const folder = path.join(parent, "flat");
      await mkdir(folder);
      for (const grey of [7, 8]) await writeFile(path.join(folder, `${grey}.jpeg`), await flatJpeg(grey));
      const images = await read(folder);
      expect([images.classNames, [...images.labels], levels(images.pixels)]).toEqual([
        ["flat"],
        [0, 0],
        [7, 8],
      ]);
    }));

  test("of Tiny-ImageNet are those of its training images, however it is named", () =>
    withFolder(async (parent) => {
      const root = path.join(parent, "data", tinyFolder);
      await writeTinyLayout(root, 3, 2);
      for (const named of [root, path.dirname(root), path.join(root, "train")]) {
        const images = await read(named);
        expect(images.classNames).toEqual([0, 1, 2].map(classId));
        expect(levels(images.pixels)).toEqual([0, 1, 2].flatMap((i) => [trainLevel(i, 0), trainLevel(i, 1)]));
      }
    }));

  test.each([
    [5, [10, 20, 40, 50, 60], ["a", "b", "c"]],
    [3, [10, 40, 50], ["a", "b", "c"]],
    [2, [10, 40], ["a", "b"]],
    [100, [10, 20, 30, 40, 50, 60], ["a", "b", "c"]],
  ])("give %d images evenly", (maxImages, greys, names) =>
    withFolder(async (parent) => {
      const folder = path.join(parent, "set");
      await writeClasses(folder);
      const images = await read(folder, 16, { maxImages });
      expect([levels(images.pixels), images.classNames]).toEqual([greys, names]);
      expect(Math.max(...images.labels)).toBe(names.length - 1);
    }),
  );
});

test("images of any size and kind are what torchvision makes of them: shorter side resized, the middle taken", () =>
  withFolder(async (parent) => {
    const folder = path.join(parent, "set");
    await mkdir(folder);
    const names = ["colour.jpeg", "grey.jpeg", "tall-transparent.webp", "wide.png"];
    for (const name of names) await copyFile(imageFixture(name), path.join(folder, name));
    const { pixels } = await read(folder);
    const hashes = names.map((_, row) => createHash("sha256").update(pixels.read(row)).digest("hex"));
    expect(hashes).toEqual([
      "edc60330b2be43cb93fdabfdc52163c3615fd285a889c6b816f5e8ecd460f2c6",
      "9ec49372de90640e5adbb06b1aca1483ac6ac419d65fca607fc16af08761cfbe",
      "85493a6acc88a10b4b7d3f8831c61ef6cbf01dfc965a71c85e4c667b14abaebf",
      "aecc986f57af72f2797080b5107015df61b95200225c0123ea9e1c509efe0889",
    ]);
  }));

test("they are decoded once for a size and a number", () =>
  withFolder(async (parent) => {
    const folder = path.join(parent, "set");
    await writeClasses(folder);
    const decoded: number[] = [];
    const reporter: Reporter = {
      ...silentReporter,
      progress: (label, total) => {
        if (label.startsWith("Decoding")) decoded.push(total);
        return silentReporter.progress("", total);
      },
    };
    for (const [side, maxImages] of [[32], [32], [16], [32, 4], [32]])
      await read(folder, side, { reporter, ...(maxImages && { maxImages }) });
    expect(decoded).toEqual([6, 6, 4]);
    await writeFile(path.join(folder, "b", "41.jpg"), await flatJpeg(41));
    expect(levels((await read(folder, 32, { reporter })).pixels)).toEqual([10, 20, 30, 40, 41, 50, 60]);
  }));

describe("what cannot be used is named", () => {
  test.each<[string, (folder: string) => Promise<unknown>, string]>([
    ["no folder", (folder) => rm(folder, { recursive: true }), "There is no folder "],
    ["no images", (folder) => rm(path.join(folder, "x.png")), "set holds no images"],
    ["a text", (folder) => writeFile(path.join(folder, "x.png"), "text"), "x.png is no JPEG, PNG, WebP, GIF"],
    [
      "a stripe",
      async (folder) => writeFile(path.join(folder, "x.png"), await flatJpeg(1, { height: 2, width: 50 })),
      "x.png is 50x2 pixels, too narrow",
    ],
    [
      "a bomb",
      async (folder) => {
        const create = { width: 10_000, height: 5_001, channels: 3, background: "black" } as const;
        await writeFile(path.join(folder, "x.png"), await sharp({ create }).png().toBuffer());
      },
      "x.png cannot be decoded (Input image exceeds pixel limit)",
    ],
    [
      "a link out of the folder",
      async (folder) => {
        await writeFile(path.join(folder, "../y.png"), await flatJpeg(1));
        await rm(path.join(folder, "x.png"));
        await symlink(path.join(folder, "../y.png"), path.join(folder, "x.png"));
      },
      "x.png is a link to ",
    ],
  ])("%s", (_, spoil, message) =>
    withFolder(async (parent) => {
      const folder = path.join(parent, "set");
      await mkdir(folder);
      await writeFile(path.join(folder, "x.png"), await flatJpeg(1));
      await spoil(folder);
      const error = await read(folder).catch((thrown: unknown) => thrown);
      if (!(error instanceof UserError)) throw error;
      expect(error.message).toContain(message);
    }),
  );
});

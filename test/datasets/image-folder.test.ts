import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { OnBadImage } from "../../src/datasets/bad-files.js";
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

interface More {
  readonly maxImages?: number;
  readonly onBadImage?: OnBadImage;
  readonly reporter?: Reporter;
}

const read = (folder: string, side = 32, more: More = {}) =>
  readImageFolder(folder, side, {
    cacheDir: path.join(folder, "../cache"),
    onBadImage: "error",
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

describe("nothing is left out without a word", () => {
  /** A reporter, and what the user read. */
  const listening = () => {
    const lines: string[] = [];
    const keep = (line: string) => void lines.push(line);
    return { lines, reporter: { ...silentReporter, info: keep, warn: keep } };
  };

  test("a class of any kind of image keeps its place, files that are no images are counted", () =>
    withFolder(async (parent) => {
      const folder = path.join(parent, "set");
      const kinds = {
        a: "palette.gif",
        b: "colour.bmp",
        c: "lzw.tiff",
        d: "restarts.jfif",
        e: "sampled-444.avif",
      };
      for (const [name, file] of Object.entries(kinds)) {
        await mkdir(path.join(folder, name), { recursive: true });
        await copyFile(imageFixture(`../kinds/${file}`), path.join(folder, name, file));
        await writeFile(path.join(folder, name, "about.txt"), "");
      }
      await writeFile(path.join(folder, "loose.png"), await flatJpeg(1));
      const { lines, reporter } = listening();
      const images = await read(folder, 8, { reporter });
      expect([images.classNames, [...images.labels]]).toEqual([
        ["a", "b", "c", "d", "e"],
        [0, 1, 2, 3, 4],
      ]);
      expect(lines).toEqual([
        expect.stringMatching(
          /set: 5 files are not of a kind that is read and left out: a\/about\.txt, b\/about\.txt, c\/about\.txt and 2 more$/,
        ),
        expect.stringMatching(/set: 1 file is in no class folder and left out: loose\.png$/),
      ]);
    }));

  test("a class folder without an image is an error that names it", () =>
    withFolder(async (parent) => {
      const folder = path.join(parent, "set");
      await writeClasses(folder);
      await mkdir(path.join(folder, "ab"));
      await mkdir(path.join(folder, "bc/deeper"), { recursive: true });
      await writeFile(path.join(folder, "bc/deeper/x.psd"), "");
      const reading = read(folder);
      await expect(reading).rejects.toThrow(UserError);
      await expect(reading).rejects.toThrow("set has no image that can be read of the 2 classes ab, bc.");
    }));

  test("beside images without class folders, folders without images are none", () =>
    withFolder(async (parent) => {
      const folder = path.join(parent, "flat");
      await mkdir(path.join(folder, "notes"), { recursive: true });
      await writeFile(path.join(folder, "1.jpg"), await flatJpeg(1));
      expect((await read(folder)).classNames).toEqual(["flat"]);
    }));

  test("images in folders of class folders count", () =>
    withFolder(async (parent) => {
      const folder = path.join(parent, "set");
      await writeClasses(folder);
      await mkdir(path.join(folder, "a/more"));
      await writeFile(path.join(folder, "a/more/1.jpg"), await flatJpeg(90));
      expect(levels((await read(folder)).pixels)).toEqual([10, 20, 30, 90, 40, 50, 60]);
    }));

  test.each(["val", "test"])("of a folder divided into train and %s the training images are read", (other) =>
    withFolder(async (parent) => {
      await writeClasses(path.join(parent, "set/train"));
      await writeClasses(path.join(parent, "set", other));
      const images = await read(path.join(parent, "set"));
      expect([images.classNames, images.labels.length]).toEqual([["a", "b", "c"], 6]);
    }),
  );
});

describe("bad images", () => {
  const spoil = async (folder: string) => {
    await writeClasses(folder);
    await writeFile(path.join(folder, "a/15.jpg"), "no image");
    await writeFile(path.join(folder, "c/55.jpg"), "");
  };

  test("are an error that says how they may be skipped", () =>
    withFolder(async (parent) => {
      const folder = path.join(parent, "set");
      await spoil(folder);
      const error = await read(folder).catch((thrown: unknown) => thrown);
      if (!(error instanceof UserError)) throw error;
      expect(error.message).toContain("c/55.jpg has 0 bytes");
      expect(error.hint).toContain("--on_bad_image skip");
      await rm(path.join(folder, "c/55.jpg"));
      await expect(read(folder)).rejects.toThrow("a/15.jpg is no JPEG, PNG");
    }));

  test("are skipped, listed and counted; others keep their labels, and the cache its rows", () =>
    withFolder(async (parent) => {
      const folder = path.join(parent, "set");
      await spoil(folder);
      const lines: string[] = [];
      const decoded: number[] = [];
      const reporter: Reporter = {
        ...silentReporter,
        warn: (line) => void lines.push(line),
        progress: (label, total) => {
          if (label.startsWith("Decoding")) decoded.push(total);
          return silentReporter.progress(label, total);
        },
      };
      for (let run = 0; run < 2; run++) {
        const { pixels, labels } = await read(folder, 32, { onBadImage: "skip", reporter });
        expect([levels(pixels), [...labels]]).toEqual([
          [10, 20, 30, 40, 50, 60],
          [0, 0, 0, 1, 2, 2],
        ]);
      }
      expect(decoded).toEqual([7]);
      expect(lines).toHaveLength(2);
      const [, list] = /set: 2 of 8 images are skipped; (.*) says which and why$/.exec(lines[1]) ?? [];
      expect((await readFile(list, "utf8")).split("\n")).toEqual([
        "c/55.jpg\thas 0 bytes (1 to 64,000,000 are read)",
        expect.stringMatching(/^a\/15.jpg\tis no JPEG, /),
        "",
      ]);
      await rm(path.join(folder, "c/55.jpg"));
      await expect(read(folder)).rejects.toThrow("a/15.jpg is no JPEG, PNG");
      await writeFile(path.join(folder, "a/15.jpg"), await flatJpeg(15));
      expect(levels((await read(folder)).pixels)).toEqual([10, 15, 20, 30, 40, 50, 60]);
    }));

  test("a class of which nothing is left is an error, and so is more than half", () =>
    withFolder(async (parent) => {
      const folder = path.join(parent, "set");
      await spoil(folder);
      await writeFile(path.join(folder, "b/40.jpg"), "no image");
      await expect(read(folder, 32, { onBadImage: "skip" })).rejects.toThrow(
        "has no image that can be read of class b",
      );
      for (const file of ["a/10.jpg", "a/20.jpg"]) await writeFile(path.join(folder, file), "no image");
      await expect(read(folder, 32, { onBadImage: "skip" })).rejects.toThrow("5 of 8 images of ");
    }));
});

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { claimedSize, decodeImage, isImageName } from "../../src/datasets/decode-image.js";
import { middleSquare } from "../../src/datasets/middle-square.js";
import { bilinearResize } from "../../src/datasets/resize.js";
import { readSource } from "../../src/datasets/source-content.js";
import { FormatFault, UserError } from "../../src/errors.js";
import { sha256Of } from "../../src/files/sha256.js";
import { golden } from "../golden.js";
import { withFolder } from "./cifar-files.js";
import { noiseImage } from "./noise-image.js";

/** What `scripts/reference/images.py` wrote. */
interface Reference {
  readonly same: Readonly<Record<string, { width: number; height: number; sha256: string }>>;
  /** Pillow's pixels, base64. */
  readonly different: Readonly<Record<string, string>>;
  /** The levels that the 16-bit images have in their upper eight bits, base64. */
  readonly grey: string;
  readonly refused: readonly string[];
  readonly unread: readonly string[];
  readonly resized: readonly (readonly [number, number, number, number, string])[];
  readonly squares: readonly (readonly [number, number, number, string])[];
}
const reference = golden<Reference>("images");

const kind = (name: string) => fileURLToPath(new URL(`../fixtures/kinds/${name}`, import.meta.url));
const decode = async (name: string) => decodeImage(await readSource(kind(name)), 1_000_000);

test.each(Object.entries(reference.same))("%s is what Pillow decodes", async (name, expected) => {
  const { pixels, width, height } = await decode(name);
  expect({ width, height, sha256: sha256Of(pixels) }).toEqual(expected);
  expect(isImageName(name)).toBe(true);
});

test.each(["colour.png", "colour.bmp", "colour.ppm", "grey.pgm"])(
  "the header of %s says its size",
  async (name) =>
    expect(await claimedSize(await readSource(kind(name)))).toMatchObject({ width: 26, height: 19 }),
);

describe("what Pillow makes something else of", () => {
  /** The largest difference of a level, and the share of levels that differ. */
  async function difference(name: string): Promise<{ worst: number; share: number }> {
    const { pixels } = await decode(name);
    const theirs = Buffer.from(reference.different[name], "base64");
    expect(pixels.length).toBe(theirs.length);
    const steps = pixels.map((level, i) => Math.abs(level - theirs[i]));
    return { worst: Math.max(...steps), share: steps.filter((step) => step > 0).length / steps.length };
  }

  test.each(["grey16.png", "grey16.tif", "grey16.pgm"])(
    "%s: its upper bits, where Pillow cuts off at 255",
    async (name) => {
      const levels = [...Buffer.from(reference.grey, "base64")];
      expect([...(await decode(name)).pixels]).toEqual(levels.flatMap((level) => [level, level, level]));
      expect((await difference(name)).worst).toBeGreaterThan(200);
    },
  );

  test("transparent.gif: black where it is transparent, the same elsewhere", async () => {
    const { pixels } = await decode("transparent.gif");
    const theirs = Buffer.from(reference.different["transparent.gif"], "base64");
    const other = [...pixels.keys()].filter((i) => pixels[i] !== theirs[i]);
    expect(other.length).toBeGreaterThan(0);
    expect(other.every((i) => pixels[i] === 0)).toBe(true);
  });

  test("AVIF: a level where colours have full resolution, more where they are halved", async () => {
    expect((await difference("sampled-444.avif")).worst).toBeLessThanOrEqual(1);
    const halved = await difference("sampled-420.avif");
    expect(halved.worst).toBeGreaterThan(1);
    expect(halved.worst).toBeLessThan(80);
  });
});

describe("what is not decoded is named", () => {
  const refuse = async (file: string) => {
    const error = await decodeImage(await readSource(file), 1_000_000).catch((thrown: unknown) => thrown);
    if (!(error instanceof FormatFault)) throw error;
    return error.message;
  };

  test.each(reference.refused)("%s, which Pillow refuses too", async (name) => {
    expect(await refuse(kind(name))).toContain("cannot be decoded (");
  });

  test.each(reference.unread)("%s, whose numbers are no levels", async (name) => {
    expect(await refuse(kind(name))).toContain(", not of 8 or 16 bits");
  });

  /** A bitmap of 24 bits with one field of its header replaced. */
  const bitmap = (at: number, value: number) => {
    const bytes = Buffer.alloc(54 + 12);
    bytes.write("BM", "latin1");
    for (const [place, field] of [
      [10, 54],
      [14, 40],
      [18, 1],
      [22, 3],
    ])
      bytes.writeInt32LE(field, place);
    bytes.writeUInt16LE(24, 28);
    bytes.writeInt32LE(value, at);
    return bytes;
  };

  test.each<[string, Buffer | Promise<Buffer>, string]>([
    ["nothing", Buffer.alloc(0), "is no JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP, PPM or PGM image"],
    ["a text", Buffer.from("GIF"), "is no JPEG, PNG"],
    [
      "a vector image that names other files",
      Buffer.from('<svg><image href="/etc/passwd"/></svg>'),
      "is no JPEG",
    ],
    ["HEIC", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0", "latin1"), "is no JPEG"],
    [
      "a PNG of too many pixels",
      sharp({ create: { width: 1001, height: 1000, channels: 3, background: "red" } })
        .png()
        .toBuffer(),
      "exceeds pixel limit",
    ],
    ["a bitmap that lies about its width", bitmap(18, 5), "it is cut short"],
    ["a bitmap without pixels", bitmap(18, 0), "it is 0x3 pixels"],
    ["a bitmap of too many pixels", bitmap(18, 2_000_000_000), "2000000000x3 pixels are more than"],
    ["a bitmap of 16 bits a pixel", bitmap(28, 16), "16 bits a pixel"],
    ["a bitmap whose palette would lie in its pixels", bitmap(28, 8), "its palette is damaged"],
    ["a packed bitmap", bitmap(30, 1), "its pixels are packed"],
    ["a bitmap of an unknown header", bitmap(14, 41), "a header of 41 bytes"],
    ["a pixmap of too many pixels", Buffer.from("P6 9999999999 2 255 "), "9999999999x2 pixels are more than"],
    ["a greymap without pixels", Buffer.from("P5 0 2 255 "), "it is 0x2 pixels"],
    ["a pixmap of too many levels", Buffer.from("P6 1 1 65536 abcdef"), "its highest level is 65536"],
    ["a pixmap without a header", Buffer.from("P6 # no end"), "its header is damaged"],
    ["a pixmap that is only a comment", Buffer.from(`P6 ${"#".repeat(100_000)}\n1 1 255 abc`), "its header"],
  ])("%s", async (_, content, message) =>
    withFolder(async (folder) => {
      const file = path.join(folder, "x.png");
      await writeFile(file, await content);
      expect(await refuse(file)).toContain(message);
    }),
  );

  test("a folder", () =>
    withFolder(async (folder) => {
      await mkdir(path.join(folder, "x.png"));
      const decoding = readSource(path.join(folder, "x.png"));
      await expect(decoding).rejects.toThrow(UserError);
      await expect(decoding).rejects.toThrow("x.png is a folder, not a file");
    }));
});

const sized = (height: number, width: number) => ({ height, width, channels: 3 });

test.each(reference.resized)(
  "%d x %d to %d x %d as Pillow resizes",
  (height, width, toHeight, toWidth, sha256) => {
    const resize = bilinearResize(sized(height, width), { height: toHeight, width: toWidth });
    expect(sha256Of(resize(noiseImage(height, width)))).toBe(sha256);
  },
);

test.each(reference.squares)(
  "the square of %d x %d for side %d is torchvision's",
  (height, width, side, sha256) => {
    const image = { pixels: noiseImage(height, width), height, width };
    expect(sha256Of(middleSquare(image, side))).toBe(sha256);
  },
);

test("of a stripe no square is taken", () => {
  const image = { pixels: noiseImage(2, 50), height: 2, width: 50 };
  expect(() => middleSquare(image, 2)).toThrow("is 50x2 pixels, too narrow to use");
});

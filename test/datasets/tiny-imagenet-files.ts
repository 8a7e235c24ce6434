import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { expect } from "vitest";
import type { OnBadImage } from "../../src/datasets/bad-files.js";
import type { Dataset } from "../../src/datasets/image-set.js";
import { loadDataset } from "../../src/datasets/load-dataset.js";
import type { Pixels } from "../../src/datasets/pixels.js";
import { type Reporter, silentReporter } from "../../src/reporter.js";

/** A JPEG of one colour; 8-bit greys survive exactly. */
export const flatJpeg = (level: number, { height = 64, width = 64 } = {}): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: { r: level, g: level, b: level } } })
    .jpeg({ quality: 90 })
    .toBuffer();

/** A PNG of one grey. */
export const flatPng = (level: number): Promise<Buffer> =>
  sharp({ create: { width: 64, height: 64, channels: 3, background: { r: level, g: level, b: level } } })
    .png()
    .toBuffer();

/** Class id of number i: ascending, as the real ones. */
export const classId = (i: number) => `n${String(1_000_000 + 37 * i).padStart(8, "0")}`;

/** Level of every pixel of training image k of class i. */
export const trainLevel = (i: number, k: number) => (i * 16 + k) % 256;
/** Level of every pixel of class i's only validation image. */
export const validationLevel = (i: number) => (i * 16 + 9) % 256;

/**
 * Writes the official layout in small: `perClass` training images and one validation image of each class. The validation
 * images are listed from the last class to the first.
 */
export async function writeTinyLayout(folder: string, classes: number, perClass = 3): Promise<void> {
  const ids = Array.from({ length: classes }, (_, i) => classId(i));
  const images = new Map<number, Promise<Buffer>>();
  const image = (level: number) => {
    const made = images.get(level) ?? flatJpeg(level);
    images.set(level, made);
    return made;
  };
  await mkdir(path.join(folder, "val/images"), { recursive: true });
  await writeFile(path.join(folder, "wnids.txt"), `${[...ids].reverse().join("\n")}\n`);
  const lines: string[] = [];
  for (const [i, id] of ids.entries()) {
    await mkdir(path.join(folder, "train", id, "images"), { recursive: true });
    for (let k = 0; k < perClass; k++)
      await writeFile(
        path.join(folder, "train", id, "images", `${id}_${k}.JPEG`),
        await image(trainLevel(i, k)),
      );
    await writeFile(path.join(folder, `train/${id}/${id}_boxes.txt`), "");
    await writeFile(path.join(folder, `val/images/val_${i}.JPEG`), await image(validationLevel(i)));
    lines.unshift(`val_${i}.JPEG\t${id}\t0\t0\t63\t63\n`);
  }
  await writeFile(path.join(folder, "val/val_annotations.txt"), lines.join(""));
}

export const tinyFolder = "tiny-imagenet-200";

/** An image that Pillow made, by its name. */
export const imageFixture = (name: string) =>
  fileURLToPath(new URL(`../fixtures/images/${name}`, import.meta.url));

interface Loaded {
  readonly dataset: Dataset;
  readonly native: { readonly train: Pixels; readonly test: Pixels };
  /** What the user read. */
  readonly lines: readonly string[];
  /** Images decoded. */
  readonly decoded: number;
}

export async function loadTiny(
  datasetDir: string,
  limitPerClass?: number,
  onBadImage?: OnBadImage,
): Promise<Loaded> {
  const lines: string[] = [];
  let decoded = 0;
  const reporter: Reporter = {
    ...silentReporter,
    info: (line) => void lines.push(line),
    warn: (line) => void lines.push(`warning: ${line}`),
    progress: (label, total) => {
      if (label.startsWith("Decoding")) decoded += total;
      return { update() {}, stop() {} };
    },
  };
  const options = {
    datasetDir,
    seed: 1,
    reporter,
    ...(limitPerClass && { limitPerClass }),
    ...(onBadImage && { onBadImage }),
  };
  const dataset = await loadDataset("imagenet", options);
  if (dataset.native === undefined) throw new Error("No images in their own size.");
  return { dataset, native: dataset.native, lines, decoded };
}

/** The level of the first pixel of each image; all its pixels must have it. */
export function levels(pixels: Pixels): number[] {
  return Array.from({ length: pixels.count }, (_, row) => {
    const image = pixels.read(row);
    expect(image.every((level) => level === image[0])).toBe(true);
    return image[0];
  });
}

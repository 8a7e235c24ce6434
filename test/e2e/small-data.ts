import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { drawClasses } from "../../src/datasets/tiny-imagenet/draw-classes.js";
import { createRng, type Rng } from "../../src/random/rng.js";

/*
 * Small data in the official layouts. Only the classes an attack deals with have more than a few images, so that a
 * command line as published, with its shares of a class, has poisons enough for five folds on very little data.
 */

/** Training and test images of the target class, the source class and every other one. */
export interface ClassSizes {
  readonly target: number;
  readonly source: number;
  readonly train: readonly [target: number, source: number, other: number];
  readonly test: readonly [target: number, source: number, other: number];
}

const sizeOf = (label: number, { target, source, ...sizes }: ClassSizes, part: "train" | "test"): number => {
  const [ofTarget, ofSource, ofOthers] = sizes[part];
  if (label === target) return ofTarget;
  return label === source ? ofSource : ofOthers;
};

/** Labels of a set with these sizes, mixed so that no class comes in one piece. */
function labelsOf(numClasses: number, sizes: ClassSizes, part: "train" | "test"): number[] {
  const left = Array.from({ length: numClasses }, (_, label) => sizeOf(label, sizes, part));
  const labels: number[] = [];
  while (left.some((count) => count > 0)) {
    for (let label = 0; label < numClasses; label++) if (left[label]-- > 0) labels.push(label);
  }
  return labels;
}

/** A striped image of a class, with noise: uint8 [side, side, 3] as planes of rows. */
function planes(label: number, side: number, rng: Rng): Uint8Array {
  const phase = rng.uniform() * 6;
  return Uint8Array.from({ length: 3 * side * side }, (_, i) => {
    const [c, row, column] = [Math.floor(i / side / side), Math.floor(i / side) % side, i % side];
    const angle = (label * Math.PI) / 10;
    const wave = Math.sin(((column * Math.cos(angle) + row * Math.sin(angle)) * (4 + c)) / side + phase);
    return Math.round(127 + 70 * wave + 40 * (rng.uniform() - 0.5));
  });
}

/** `cifar-10-batches-bin` under `folder`, every record in the first batch. */
export async function writeSmallCifar(folder: string, sizes: ClassSizes): Promise<void> {
  const directory = join(folder, "cifar-10-batches-bin");
  await mkdir(directory, { recursive: true });
  const record = (label: number, name: string) =>
    Buffer.concat([Buffer.of(label), planes(label, 32, createRng(name))]);
  const train = labelsOf(10, sizes, "train").map((label, i) => record(label, `train/${i}`));
  const test = labelsOf(10, sizes, "test").map((label, i) => record(label, `test/${i}`));
  for (const batch of [2, 3, 4, 5])
    await writeFile(join(directory, `data_batch_${batch}.bin`), train[batch - 2]);
  await writeFile(join(directory, "data_batch_1.bin"), Buffer.concat(train.slice(4)));
  await writeFile(join(directory, "test_batch.bin"), Buffer.concat(test));
}

/** `stl10_binary` under `folder`: planes column by column, labels from 1. */
export async function writeSmallStl10(folder: string, sizes: ClassSizes): Promise<void> {
  const directory = join(folder, "stl10_binary");
  await mkdir(directory, { recursive: true });
  for (const part of ["train", "test"] as const) {
    const labels = labelsOf(10, sizes, part);
    const images = labels.map((label, i) => planes(label, 96, createRng(`${part}/${i}`)));
    await writeFile(join(directory, `${part}_X.bin`), Buffer.concat(images));
    await writeFile(
      join(directory, `${part}_y.bin`),
      Uint8Array.from(labels, (label) => label + 1),
    );
  }
  const names = "airplane bird car cat deer dog horse monkey ship truck".split(" ");
  await writeFile(join(directory, "class_names.txt"), `${names.join("\n")}\n`);
}

/** `tiny-imagenet-200` under `folder`, of fewer classes, which are then all used; label i of `sizes` is the i-th class. */
export async function writeSmallTinyImageNet(
  folder: string,
  numClasses: number,
  sizes: ClassSizes,
): Promise<void> {
  const root = join(folder, "tiny-imagenet-200");
  const wnids = Array.from({ length: numClasses }, (_, i) => `n${String(10_000_000 + 37 * i)}`);
  const drawn = drawClasses(wnids);
  await mkdir(join(root, "val", "images"), { recursive: true });
  await writeFile(join(root, "wnids.txt"), `${wnids.join("\n")}\n`);
  const jpeg = async (path: string, label: number) => {
    const side = 64;
    const source = planes(label, side, createRng(path));
    const interleaved = Uint8Array.from(
      { length: source.length },
      (_, i) => source[(i % 3) * side * side + Math.floor(i / 3)],
    );
    await sharp(interleaved, { raw: { width: side, height: side, channels: 3 } })
      .jpeg()
      .toFile(path);
  };
  const annotations: string[] = [];
  for (const wnid of wnids) {
    const images = join(root, "train", wnid, "images");
    await mkdir(images, { recursive: true });
    const label = drawn.indexOf(wnid);
    const count = label < 0 ? 1 : sizeOf(label, sizes, "train");
    const testCount = label < 0 ? 0 : sizeOf(label, sizes, "test");
    for (let i = 0; i < count; i++) await jpeg(join(images, `${wnid}_${i}.JPEG`), label);
    for (let i = 0; i < testCount; i++) {
      const name = `val_${annotations.length}.JPEG`;
      await jpeg(join(root, "val", "images", name), label);
      annotations.push([name, wnid, 0, 0, 63, 63].join("\t"));
    }
  }
  await writeFile(join(root, "val", "val_annotations.txt"), `${annotations.join("\n")}\n`);
}

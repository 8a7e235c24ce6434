import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const IMAGE_BYTES = 3072;

/** Byte k of the CHW planes of image i, in the fixtures and in what is written here. */
export const planeByte = (i: number, k: number) => (k * 7 + i * 31 + Math.floor(k / 1024) * 5) % 256;

/** Labels of the three images in every `cifar-*.pickle` fixture. */
export const fixtureLabels = [6, 9, 0];

export const fixture = (name: string) =>
  readFile(new URL(`../fixtures/cifar-${name}.pickle`, import.meta.url));

/** A binary batch: for each label one byte and image i's planes. */
export function binaryBatch(labels: readonly number[], firstImage = 0): Uint8Array {
  const bytes = new Uint8Array(labels.length * (1 + IMAGE_BYTES));
  labels.forEach((label, i) => {
    const start = i * (1 + IMAGE_BYTES);
    bytes[start] = label;
    for (let k = 0; k < IMAGE_BYTES; k++) bytes[start + 1 + k] = planeByte(firstImage + i, k);
  });
  return bytes;
}

export const binaryNames = [
  "data_batch_1.bin",
  "data_batch_2.bin",
  "data_batch_3.bin",
  "data_batch_4.bin",
  "data_batch_5.bin",
  "test_batch.bin",
];

/** A folder of the test's own, removed after it. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "datasets-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Writes the six binary files: batch b (0-based) holds images 2b and 2b + 1, of classes 2b and 2b + 1 modulo 10. */
export async function writeBinaryLayout(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [b, name] of binaryNames.entries()) {
    const labels = [(2 * b) % 10, (2 * b + 1) % 10];
    await writeFile(path.join(directory, name), binaryBatch(labels, 2 * b));
  }
}

/** Writes the six files of the Python layout, all with the content of one fixture. */
export async function writePickleLayout(directory: string, fixtureName: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const bytes = await fixture(fixtureName);
  for (const name of binaryNames) await writeFile(path.join(directory, name.replace(".bin", "")), bytes);
}

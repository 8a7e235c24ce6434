import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

const SIDE = 96;
const IMAGE_BYTES = SIDE * SIDE * 3;

/** Level of channel c at row y, column x of image i. */
export const stlLevel = (i: number, y: number, x: number, c: number) =>
  (i * 29 + y * 3 + x * 7 + c * 50) % 256;

/** The official form of images first, first + 1, …: planes, each column by column. */
export function stlImages(count: number, first = 0): Uint8Array {
  const bytes = new Uint8Array(count * IMAGE_BYTES);
  let at = 0;
  for (let i = first; i < first + count; i++)
    for (let c = 0; c < 3; c++)
      for (let x = 0; x < SIDE; x++) for (let y = 0; y < SIDE; y++) bytes[at++] = stlLevel(i, y, x, c);
  return bytes;
}

/** Class ids 0 to 9 of the images in `writeStlLayout`. */
export const stlLabels = { train: [3, 0, 9, 3, 0, 3], test: [0, 3, 3] } as const;

/** Writes the official layout in small: six training images, numbers 0 to 5, and three test images, 6 to 8. */
export async function writeStlLayout(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const put = (name: string, content: string | Uint8Array) => writeFile(path.join(directory, name), content);
  await put("train_X.bin", stlImages(6));
  await put(
    "train_y.bin",
    Uint8Array.from(stlLabels.train, (label) => label + 1),
  );
  await put("test_X.bin", stlImages(3, 6));
  await put(
    "test_y.bin",
    Uint8Array.from(stlLabels.test, (label) => label + 1),
  );
  await put("class_names.txt", "airplane\nbird\ncar\ncat\ndeer\ndog\nhorse\nmonkey\nship\ntruck\n");
}

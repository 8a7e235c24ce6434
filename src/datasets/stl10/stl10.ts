import path from "node:path";
import { UserError } from "../../errors.js";
import { lookInside, readInside } from "../../files/inside.js";
import { shownPath } from "../../files/shown-path.js";
import type { DatasetOnDisk, LoadOptions } from "../about.js";
import { findOrFetch } from "../fetch-archive.js";
import { filePixels } from "../file-pixels.js";
import type { Dataset, ImageSet } from "../image-set.js";
import { largeDataset } from "../large-dataset.js";
import { stl10Archive } from "./archive.js";
import { findStl10 } from "./layout.js";

const SIDE = 96;
const CHANNELS = 3;
const PLANE = SIDE * SIDE;

/** Label byte 1 is the first. */
export const stl10Classes = [
  "airplane",
  "bird",
  "car",
  "cat",
  "deer",
  "dog",
  "horse",
  "monkey",
  "ship",
  "truck",
] as const;

const fetchAgain = "Fetch it again from https://cs.stanford.edu/~acoates/stl10/.";

/** Far more labels than any set of this layout has. */
const MAX_LABEL_BYTES = 10_000_000;

/** Three planes, each stored column by column, to interleaved pixels: uint8 [3, W, H] to [H, W, 3]. */
function interleave(planes: Uint8Array): Uint8Array {
  const image = new Uint8Array(planes.length);
  for (let c = 0; c < CHANNELS; c++) {
    for (let x = 0; x < SIDE; x++) {
      let from = c * PLANE + x * SIDE;
      for (let to = x * CHANNELS + c; to < image.length; to += SIDE * CHANNELS) image[to] = planes[from++];
    }
  }
  return image;
}

async function readLabels(directory: string, name: string): Promise<Int32Array> {
  const file = shownPath(path.join(directory, name));
  const bytes = await readInside(directory, name, MAX_LABEL_BYTES);
  const wrong = bytes.findIndex((label) => label < 1 || label > stl10Classes.length);
  if (wrong >= 0) {
    throw new UserError(
      `${file}: image ${wrong} has label ${bytes[wrong]}, not 1 to ${stl10Classes.length}.`,
      `The file is damaged or is none of STL-10. ${fetchAgain}`,
    );
  }
  return Int32Array.from(bytes, (label) => label - 1);
}

/** Images in their own size. @throws UserError as `readStl10` */
export async function readStl10Part(directory: string, part: "train" | "test"): Promise<ImageSet> {
  const [imageFile, labelFile] = [`${part}_X.bin`, `${part}_y.bin`];
  const labels = await readLabels(directory, labelFile);
  const { path: real } = await lookInside(directory, imageFile);
  const pixels = filePixels(real, { height: SIDE, width: SIDE, channels: CHANNELS, decode: interleave });
  if (pixels.count !== labels.length) {
    throw new UserError(
      `${path.join(directory, imageFile)} has ${pixels.count} images, ${path.join(directory, labelFile)} has ${labels.length} labels.`,
      `One of them is cut short. ${fetchAgain}`,
    );
  }
  return { pixels, labels, sourceOf: (row) => `${imageFile}, image ${row}` };
}

/**
 * Reads the labelled split of STL-10 (10 classes, 96x96x3, resized to 224x224) from its binary layout; the files may hold
 * any number of images. Images stay on disk until they are asked for.
 * @throws UserError naming the file that is unreadable or damaged, or a link that leads out of the folder
 */
export async function readStl10(directory: string): Promise<Dataset> {
  const train = await readStl10Part(directory, "train");
  const test = await readStl10Part(directory, "test");
  return largeDataset({ name: "slt10", classNames: stl10Classes, train, test });
}

/** Reads it from the dataset folder, where it is downloaded to when it is not there. */
export const loadStl10 = async (options: LoadOptions): Promise<Dataset> =>
  readStl10(await findOrFetch(findStl10, stl10Archive, options));

/** How many images the files hold; reads the labels, a byte an image. @throws UserError as reading it does */
export async function countStl10(datasetDir: string): Promise<DatasetOnDisk | undefined> {
  const directory = await findStl10(datasetDir);
  if (directory === undefined) return undefined;
  const [train, test] = [await readStl10Part(directory, "train"), await readStl10Part(directory, "test")];
  return {
    path: directory,
    classes: stl10Classes.length,
    train: train.labels.length,
    test: test.labels.length,
  };
}

import path from "node:path";
import { FormatFault } from "../../errors.js";
import { pythonRandom } from "../../random/python-random.js";
import type { Reporter } from "../../reporter.js";
import type { RgbImage } from "../decode-image.js";
import { decodedPixels } from "../decoded-cache.js";
import type { Dataset, ImageSet } from "../image-set.js";
import { largeDataset } from "../large-dataset.js";
import { selectedPixels } from "../pixels.js";
import { allIds } from "../select.js";
import { listClassIds, listTraining, listValidation } from "./layout.js";

const SIDE = 64;
/** An image that is not 64x64 is unpacked up to this size, to say what it is. */
const MAX_PIXELS = 1_000_000;
/** Classes of the dataset `imagenet`, and the seed of their draw in the published experiments. */
const DRAWN_CLASSES = 100;
const DRAW_SEED = 42;

/**
 * The classes that are used, in the order of their labels: 100 drawn from the ascending ids as Python's `random.sample` does
 * with seed 42; all of them, ascending, where there are no more than 100.
 */
export function drawClasses(ids: readonly string[]): readonly string[] {
  if (ids.length <= DRAWN_CLASSES) return ids;
  return Array.from(pythonRandom(DRAW_SEED).sample(ids.length, DRAWN_CLASSES), (position) => ids[position]);
}

function toRow({ pixels, height, width }: RgbImage): Uint8Array {
  if (height === SIDE && width === SIDE) return pixels;
  throw new FormatFault(`is ${width}x${height}, not ${SIDE}x${SIDE} pixels`);
}

interface ReadOptions {
  /** Where the decoded images are kept. */
  readonly cacheDir: string;
  /** Only the first images of each class are read and decoded. Unset: all. */
  readonly perClass?: { readonly train: number; readonly test: number };
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * Reads Tiny-ImageNet (64x64x3, resized to 224x224): the training images of up to 100 classes, and their validation images
 * for testing. The images are decoded once, into a file of `cacheDir`, and stay on disk until they are asked for.
 * @param root real path of the folder with `train` and `val`
 * @throws UserError naming the file that is missing, damaged or hostile
 */
export async function readTinyImagenet(root: string, options: ReadOptions): Promise<Dataset> {
  const { cacheDir, perClass, reporter } = options;
  const ids = await listClassIds(root);
  const classNames = drawClasses(ids);
  reporter.info(
    classNames === ids
      ? `imagenet: all ${ids.length} classes of ${root}, label 0 is the first by name, ${ids[0]}`
      : `imagenet: ${DRAWN_CLASSES} of the ${ids.length} classes of ${root}, drawn with seed ${DRAW_SEED}; label 0 is ${classNames[0]}`,
  );
  const train = await listTraining(root, classNames, perClass?.train ?? Number.POSITIVE_INFINITY);
  const test = await listValidation(root, classNames, perClass?.test ?? Number.POSITIVE_INFINITY);
  const name = perClass ? `imagenet-first-${perClass.train}` : "imagenet";
  const decoded = await decodedPixels(
    {
      title: "Tiny-ImageNet",
      cache: path.join(cacheDir, name),
      root,
      files: [...train.files, ...test.files],
      classNames,
      side: SIDE,
      maxPixels: MAX_PIXELS,
      recipe: "as decoded",
      toRow,
    },
    options,
  );
  const [first, all] = [train.labels.length, allIds(decoded.count)];
  const part = (rows: Int32Array, labels: Int32Array): ImageSet => ({
    pixels: selectedPixels(decoded, rows),
    labels,
  });
  return largeDataset({
    name: "imagenet",
    classNames,
    train: part(all.slice(0, first), train.labels),
    test: part(all.slice(first), test.labels),
  });
}

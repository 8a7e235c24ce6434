import path from "node:path";
import { FormatFault } from "../../errors.js";
import type { Reporter } from "../../reporter.js";
import type { LoadOptions } from "../about.js";
import { decodedPixels } from "../decoded-cache.js";
import { findOrFetch } from "../fetch-archive.js";
import type { Dataset, ImageSet } from "../image-set.js";
import { largeDataset } from "../large-dataset.js";
import { limitsOf } from "../limit-per-class.js";
import { selectedPixels } from "../pixels.js";
import type { RgbImage } from "../rgb-image.js";
import { allIds } from "../select.js";
import { tinyImagenetArchive } from "./archive.js";
import { DRAW_SEED, DRAWN_CLASSES, drawClasses } from "./draw-classes.js";
import { findTinyImagenet, listClassIds, listTraining, listValidation, statImages } from "./layout.js";

const SIDE = 64;
/** An image that is not 64x64 is unpacked up to this size, to say what it is. */
const MAX_PIXELS = 1_000_000;
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
  const train = await listTraining(root, classNames, perClass?.train);
  const test = await listValidation(root, classNames, perClass?.test);
  const name = perClass ? `imagenet-first-${perClass.train}` : "imagenet";
  const decoded = await decodedPixels(
    {
      title: "Tiny-ImageNet",
      cache: path.join(cacheDir, name),
      root,
      files: await statImages(root, [...train.paths, ...test.paths]),
      classNames,
      side: SIDE,
      maxPixels: MAX_PIXELS,
      recipe: "as decoded",
      toRow,
    },
    options,
  );
  const [first, all] = [train.labels.length, allIds(decoded.count)];
  const paths = [...train.paths, ...test.paths];
  const part = (rows: Int32Array, labels: Int32Array): ImageSet => ({
    pixels: selectedPixels(decoded, rows),
    labels,
    sourceOf: (row) => paths[rows[row]],
  });
  return largeDataset({
    name: "imagenet",
    classNames,
    augmentation: "flip",
    train: part(all.slice(0, first), train.labels),
    test: part(all.slice(first), test.labels),
  });
}

/**
 * Reads it from the dataset folder, where it is downloaded to when it is not there. Decodes no more than the limit will
 * keep.
 */
export async function loadTinyImagenet({ limitPerClass, ...options }: LoadOptions): Promise<Dataset> {
  const root = await findOrFetch(findTinyImagenet, tinyImagenetArchive, options);
  return readTinyImagenet(root, {
    ...options,
    ...(limitPerClass !== undefined && { perClass: limitsOf(limitPerClass) }),
    cacheDir: path.join(options.datasetDir, "decoded"),
  });
}

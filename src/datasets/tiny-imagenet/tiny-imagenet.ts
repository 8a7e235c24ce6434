import path from "node:path";
import { shownPath } from "../../files/shown-path.js";
import { formatCount } from "../../format.js";
import type { LoadOptions } from "../about.js";
import { checkEveryLabel } from "../bad-files.js";
import { decodedPixels } from "../decoded-cache.js";
import { findOrFetch } from "../fetch-archive.js";
import type { Dataset, ImageSet } from "../image-set.js";
import { largeDataset } from "../large-dataset.js";
import { limitsOf } from "../limit-per-class.js";
import { middleSquare } from "../middle-square.js";
import { selectedPixels } from "../pixels.js";
import { tinyImagenetArchive } from "./archive.js";
import { DRAW_SEED, DRAWN_CLASSES } from "./draw-classes.js";
import { findTinyImagenet } from "./layout.js";
import { listTinyImagenet } from "./list-tiny-imagenet.js";
import type { ListOptions } from "./training.js";

const SIDE = 64;

interface ReadOptions extends ListOptions {
  /** Where the decoded images are kept. */
  readonly cacheDir: string;
  readonly signal?: AbortSignal;
}

/**
 * Reads Tiny-ImageNet (64x64x3, resized to 224x224): the training images of up to 100 classes, and their validation images
 * for testing. Of images of another size the shorter side is resized to 64 and the middle taken. The images are decoded once,
 * into a file of `cacheDir`, and stay on disk until they are asked for.
 * @param root real path of the folder with `train` and `val`
 * @throws UserError naming the file that is missing, damaged or hostile
 */
export async function readTinyImagenet(root: string, options: ReadOptions): Promise<Dataset> {
  const { cacheDir, perClass, onBadImage, reporter } = options;
  const { ids, classNames, train, test, bad } = await listTinyImagenet(root, options);
  reporter.info(
    classNames === ids
      ? `imagenet: all ${ids.length} classes of ${root}, label 0 is the first by name, ${shownPath(ids[0])}`
      : `imagenet: ${DRAWN_CLASSES} of the ${ids.length} classes of ${root}, drawn with seed ${DRAW_SEED}; label 0 is ${shownPath(classNames[0])}`,
  );
  const files = [...train.files, ...test.files];
  let resized = 0;
  const { pixels, kept } = await decodedPixels(
    {
      title: "Tiny-ImageNet",
      cache: path.join(cacheDir, perClass ? `imagenet-first-${perClass.train}` : "imagenet"),
      root,
      files,
      bad,
      onBadImage,
      classNames,
      side: SIDE,
      recipe: "Resize and CenterCrop",
      toRow(image) {
        if (image.height !== SIDE || image.width !== SIDE) resized++;
        return middleSquare(image, SIDE);
      },
    },
    options,
  );
  if (resized > 0) {
    const shown = `${formatCount(resized)} of ${formatCount(kept.length)} images`;
    reporter.info(`imagenet: ${shown} are not ${SIDE}x${SIDE}: resized, and the middle taken`);
  }
  const labelOfFile = [...train.labels, ...test.labels];
  /** The rows of files `first` to `end`. */
  const part = (first: number, end: number): ImageSet => {
    const rows = Int32Array.from(kept.keys()).filter((row) => kept[row] >= first && kept[row] < end);
    const labels = rows.map((row) => labelOfFile[kept[row]]);
    checkEveryLabel(root, labels, classNames);
    return { pixels: selectedPixels(pixels, rows), labels, sourceOf: (row) => files[kept[rows[row]]] };
  };
  return largeDataset({
    name: "imagenet",
    classNames,
    augmentation: "flip",
    train: part(0, train.files.length),
    test: part(train.files.length, labelOfFile.length),
  });
}

/**
 * Reads it from the dataset folder, where it is downloaded to when it is not there. Decodes no more than the limit will
 * keep.
 */
export async function loadTinyImagenet({
  limitPerClass,
  onBadImage = "error",
  ...options
}: LoadOptions): Promise<Dataset> {
  const root = await findOrFetch(findTinyImagenet, tinyImagenetArchive, options);
  return readTinyImagenet(root, {
    ...options,
    onBadImage,
    ...(limitPerClass !== undefined && { perClass: limitsOf(limitPerClass) }),
    cacheDir: path.join(options.datasetDir, "decoded"),
  });
}

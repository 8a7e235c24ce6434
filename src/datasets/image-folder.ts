import path from "node:path";
import { sha256OfJson } from "../files/sha256.js";
import { shownPath } from "../files/shown-path.js";
import type { Reporter } from "../reporter.js";
import { checkEveryLabel, type OnBadImage } from "./bad-files.js";
import { decodedPixels } from "./decoded-cache.js";
import type { ImageSet } from "./image-set.js";
import { listClassFolders } from "./list-class-folders.js";
import { middleSquare } from "./middle-square.js";

interface FolderOptions {
  /** Where the decoded images are kept. */
  readonly cacheDir: string;
  /** Take no more, as evenly from all classes as can be. Unset: all. */
  readonly maxImages?: number;
  readonly onBadImage: OnBadImage;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

interface FolderImages extends ImageSet {
  /** Class i is the i-th folder by name. */
  readonly classNames: readonly string[];
}

/**
 * Reads any folder of images: a class is a sub-folder, with all images below it; images without a sub-folder are one class. Of a
 * folder that is divided into `train` and `val` or `test`, as Tiny-ImageNet is, the training images are read. Each image is
 * resized as Pillow does it so that its shorter side is `side`, and the middle is taken. Done once, into a file of `cacheDir`.
 * @returns uint8 [N, side, side, 3], class after class, each by name
 * @throws UserError when there are no images or a class has none, or naming one that cannot be used
 */
export async function readImageFolder(
  folder: string,
  side: number,
  options: FolderOptions,
): Promise<FolderImages> {
  const { root, below, classes, bad } = await listClassFolders(folder, options);
  const where = path.join(root, below);
  const { maxImages = Number.POSITIVE_INFINITY } = options;
  const chosen = takeEvenly(
    classes.map(({ images }) => images),
    maxImages,
  );
  const classNames = classes.slice(0, chosen.length).map(({ name }) => name);
  const files = chosen.flat();
  const labelOfFile = chosen.flatMap((images, label) => images.map(() => label));
  const id = sha256OfJson([where, side, options.maxImages ?? "all"]);
  const { pixels, kept } = await decodedPixels(
    {
      title: `${files.length} images of ${shownPath(where)}`,
      cache: path.join(options.cacheDir, `images-${id.slice(0, 12)}`),
      root,
      files,
      bad,
      onBadImage: options.onBadImage,
      classNames,
      side,
      recipe: "Resize and CenterCrop",
      toRow: (image) => middleSquare(image, side),
    },
    options,
  );
  const labels = kept.map((file) => labelOfFile[file]);
  checkEveryLabel(where, labels, classNames);
  return { pixels, labels, classNames, sourceOf: (row) => files[kept[row]] };
}

/** The first of every class, then the second of every class, … until there are `max`; in classes again. */
function takeEvenly(classes: readonly (readonly string[])[], max: number): string[][] {
  const inTurn = classes
    .flatMap((files, label) => files.map((file, rank) => ({ file, label, rank })))
    .sort((a, b) => a.rank - b.rank || a.label - b.label);
  const chosen: string[][] = classes.slice(0, max).map(() => []);
  for (const { file, label } of inTurn.slice(0, max)) chosen[label].push(file);
  return chosen;
}

import { realpath } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../errors.js";
import { exists } from "../files/exists.js";
import { sha256OfJson } from "../files/sha256.js";
import type { Reporter } from "../reporter.js";
import { checkEveryClass, checkEveryLabel, type OnBadImage, refuseBad, sayLeftOut } from "./bad-files.js";
import { decodedPixels } from "./decoded-cache.js";
import type { ImageSet } from "./image-set.js";
import { type BadFile, type ImageClass, listImages } from "./list-images.js";
import { middleSquare } from "./middle-square.js";
import { findTinyImagenet } from "./tiny-imagenet/layout.js";

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
  const { root, below } = await findRoot(folder);
  const where = path.join(root, below);
  const { classes, bad } = await listClasses(root, below, options);
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
      title: `${files.length} images of ${where}`,
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

/** The folder of class folders, from the folder that no link may lead out of. */
async function findRoot(folder: string): Promise<{ root: string; below: string }> {
  const tiny = await findTinyImagenet(folder);
  if (tiny !== undefined) return { root: tiny, below: "train" };
  const root = await realpath(folder).catch((cause: unknown) => {
    const hint = "Name a folder of images, or of sub-folders of images.";
    throw new UserError(`There is no folder ${folder}.`, hint, { cause });
  });
  const isDivided = (await exists(path.join(root, "train/."))) && (await exists(path.join(root, "test/.")));
  return { root, below: isDivided ? "train" : "" };
}

interface Classes {
  readonly classes: readonly ImageClass[];
  readonly bad: readonly BadFile[];
}

async function listClasses(
  root: string,
  below: string,
  { onBadImage, reporter }: FolderOptions,
): Promise<Classes> {
  const where = path.join(root, below);
  const listed: ImageClass[] = [];
  for await (const one of listImages(root, below)) listed.push(one);
  const [loose, ...classes] = listed;
  const bad = listed.flatMap((one) => one.bad);
  refuseBad(onBadImage, root, bad);
  const say = (what: string, files: readonly string[]) => sayLeftOut(reporter, where, what, files);
  say(
    "no images",
    listed.flatMap((one) => one.others),
  );
  if (classes.some(({ images }) => images.length > 0)) {
    say("in no class folder", loose.images);
    checkEveryClass(where, classes);
    return { classes, bad };
  }
  if (loose.images.length > 0) return { classes: [{ ...loose, name: path.basename(where) }], bad };
  throw new UserError(`${where} holds no images.`, "Name a folder of images, or of sub-folders of images.");
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

import { realpath } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../errors.js";
import { sha256OfJson } from "../files/sha256.js";
import type { Reporter } from "../reporter.js";
import { isImageName } from "./decode-image.js";
import { decodedPixels } from "./decoded-cache.js";
import type { ImageSet } from "./image-set.js";
import { middleSquare } from "./middle-square.js";
import { listInside, statFiles } from "./source-files.js";
import { findTinyImagenet } from "./tiny-imagenet/layout.js";

const MAX_FILE_BYTES = 64_000_000;
const MAX_PIXELS = 50_000_000;

interface FolderOptions {
  /** Where the decoded images are kept. */
  readonly cacheDir: string;
  /** Take no more, as evenly from all classes as can be. Unset: all. */
  readonly maxImages?: number;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

interface FolderImages extends ImageSet {
  /** Class i is the i-th folder by name. */
  readonly classNames: readonly string[];
}

/**
 * Reads any folder of images: a class is a sub-folder with images, or with a folder `images` that has them;
 * images without a sub-folder are one class. Of Tiny-ImageNet the training images of all classes are read. Each image is
 * resized as Pillow does it so that its shorter side is `side`, and the middle is taken. Done once, into a file of `cacheDir`.
 * @returns uint8 [N, side, side, 3], class after class, each by name
 * @throws UserError when there are no images, or naming one that cannot be read
 */
export async function readImageFolder(
  folder: string,
  side: number,
  options: FolderOptions,
): Promise<FolderImages> {
  const root = await findRoot(folder);
  const classes = await listClasses(root);
  const chosen = takeEvenly(
    classes.map(({ files }) => files),
    options.maxImages ?? Number.POSITIVE_INFINITY,
  );
  const classNames = classes.slice(0, chosen.length).map(({ name }) => name);
  const labels = Int32Array.from(chosen.flatMap((files, label) => files.map(() => label)));
  const id = sha256OfJson([root, side, options.maxImages ?? "all"]);
  const pixels = await decodedPixels(
    {
      title: `${labels.length} images of ${root}`,
      cache: path.join(options.cacheDir, `images-${id.slice(0, 12)}`),
      root,
      files: await statFiles(root, chosen.flat(), MAX_FILE_BYTES),
      classNames,
      side,
      maxPixels: MAX_PIXELS,
      recipe: "Resize and CenterCrop",
      toRow: (image) => middleSquare(image, side),
    },
    options,
  );
  return { pixels, labels, classNames };
}

async function findRoot(folder: string): Promise<string> {
  const tiny = await findTinyImagenet(folder);
  if (tiny !== undefined) return path.join(tiny, "train");
  return realpath(folder).catch((cause: unknown) => {
    throw new UserError(
      `There is no folder ${folder}.`,
      "Name a folder of images, or of sub-folders of images.",
      {
        cause,
      },
    );
  });
}

interface ImageClass {
  readonly name: string;
  /** From the root, by name. */
  readonly files: readonly string[];
}

async function listClasses(root: string): Promise<ImageClass[]> {
  const imagesOf = (folder: string, names: readonly string[]) =>
    names.filter((name) => isImageName(name)).map((name) => path.posix.join(folder, name));
  const top = await listInside(root, "");
  const classes: ImageClass[] = [];
  for (const name of top.folders) {
    const own = await listInside(root, name);
    let files = imagesOf(name, own.others);
    if (files.length === 0 && own.folders.includes("images")) {
      const inner = `${name}/images`;
      files = imagesOf(inner, (await listInside(root, inner)).others);
    }
    if (files.length > 0) classes.push({ name, files });
  }
  if (classes.length > 0) return classes;
  const files = imagesOf("", top.others);
  if (files.length > 0) return [{ name: path.basename(root), files }];
  throw new UserError(`${root} holds no images.`, "Name a folder of images, or of sub-folders of images.");
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

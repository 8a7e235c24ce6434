import { realpath } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../errors.js";
import { exists } from "../files/exists.js";
import { shownPath } from "../files/shown-path.js";
import type { Reporter } from "../reporter.js";
import { checkEveryClass, type OnBadImage, refuseBad, sayLeftOut } from "./bad-files.js";
import { type BadFile, type ImageClass, listImages } from "./list-images.js";
import { findTinyImagenet } from "./tiny-imagenet/layout.js";

interface Options {
  readonly onBadImage: OnBadImage;
  readonly reporter: Reporter;
}

/** A folder of class folders, and what it holds. */
export interface ClassFolders {
  /** Real path of the folder that no link may lead out of; paths of images are from there. */
  readonly root: string;
  /** Where the class folders are, from the root: "" or "train". */
  readonly below: string;
  /** By name, each with an image; all images as one class where there are no class folders. */
  readonly classes: readonly ImageClass[];
  /** What cannot be used. */
  readonly bad: readonly BadFile[];
}

/**
 * What lies in and beside the class folders of a folder, wherever it is used.
 * @throws UserError naming the first bad file, where such files are not to be skipped
 */
export async function listFolders(root: string, below: string, onBadImage: OnBadImage) {
  const listed: ImageClass[] = [];
  for await (const one of listImages(root, below)) listed.push(one);
  const bad = listed.flatMap((one) => one.bad);
  refuseBad(onBadImage, root, bad);
  const [loose, ...classes] = listed;
  return { loose, classes, others: listed.flatMap((one) => one.others), bad };
}

/**
 * Lists any folder of images: a class is a sub-folder, with all images below it; images without a sub-folder are one class. Of a
 * folder that is divided into `train` and `val` or `test`, as Tiny-ImageNet is, the training images are listed.
 * @throws UserError when there are no images, or a class has none
 */
export async function listClassFolders(
  folder: string,
  { onBadImage, reporter }: Options,
): Promise<ClassFolders> {
  const { root, below } = await findRoot(folder);
  const where = path.join(root, below);
  const { loose, classes, others, bad } = await listFolders(root, below, onBadImage);
  const say = (what: string, files: readonly string[]) => sayLeftOut(reporter, where, what, files);
  say("not of a kind that is read", others);
  if (classes.some(({ images }) => images.length > 0)) {
    say("in no class folder", loose.images);
    checkEveryClass(where, classes);
    return { root, below, classes, bad };
  }
  if (loose.images.length > 0)
    return { root, below, classes: [{ ...loose, name: path.basename(where) }], bad };
  throw new UserError(
    `${shownPath(where)} holds no images.`,
    "Name a folder of images, or of sub-folders of images.",
  );
}

/** What the images that are not for training are called, beside `train`. */
const otherParts = ["test", "val", "valid", "validation"];

/** The folder of class folders, from the folder that no link may lead out of. */
async function findRoot(folder: string): Promise<{ root: string; below: string }> {
  const tiny = await findTinyImagenet(folder);
  if (tiny !== undefined) return { root: tiny, below: "train" };
  const root = await realpath(folder).catch((cause: unknown) => {
    const hint = "Name a folder of images, or of sub-folders of images.";
    throw new UserError(`There is no folder ${shownPath(folder)}.`, hint, { cause });
  });
  const isFolder = (name: string) => exists(path.join(root, name, "."));
  const parts = await Promise.all(otherParts.map(isFolder));
  return { root, below: (await isFolder("train")) && parts.includes(true) ? "train" : "" };
}

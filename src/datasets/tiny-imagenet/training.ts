import path from "node:path";
import { exists } from "../../files/exists.js";
import type { Reporter } from "../../reporter.js";
import { checkEveryClass, type OnBadImage, sayLeftOut } from "../bad-files.js";
import { listFolders } from "../list-class-folders.js";
import type { BadFile, ImageClass } from "../list-images.js";
import { incomplete, readList } from "./lists.js";

/** Image files from the root: file i is of class labels[i]. */
export interface LabelledFiles {
  readonly files: readonly string[];
  readonly labels: Int32Array;
}

export interface ListOptions {
  /** Only the first images of each class are listed. Unset: all. */
  readonly perClass?: { readonly train: number; readonly test: number };
  readonly onBadImage: OnBadImage;
  readonly reporter: Reporter;
}

/** Training images by class, ascending by id, and what of `train` cannot be used. */
interface TrainingClasses {
  readonly classes: readonly ImageClass[];
  readonly bad: readonly BadFile[];
}

/**
 * The classes that have a training folder: `train/<id>/images` as published, or any folder below `train/<id>`.
 * @throws UserError when one has no image, or when ids that `wnids.txt` lists have no folder: the folder is incomplete
 */
export async function listTrainingClasses(
  root: string,
  { onBadImage, reporter }: ListOptions,
): Promise<TrainingClasses> {
  const where = path.join(root, "train");
  const { loose, classes, others, bad } = await listFolders(root, "train", onBadImage);
  const names = new Set(classes.map(({ name }) => name));
  const ids = await listedIds(root);
  const missing = ids.filter((id) => !names.has(id));
  if (missing.length > 0) {
    const such = `such as ${JSON.stringify(missing[0])}`;
    throw incomplete(`${where} lacks ${missing.length} of the ${ids.length} classes of wnids.txt, ${such}`);
  }
  if (classes.length < 2) throw incomplete(`${where} has fewer than two class folders`);
  const isBoxes = (file: string) => /^train\/([^/]+)\/\1_boxes\.txt$/.test(file);
  const unread = others.filter((file) => !isBoxes(file));
  sayLeftOut(reporter, where, "not of a kind that is read", unread);
  sayLeftOut(reporter, where, "in no class folder", loose.images);
  checkEveryClass(where, classes);
  return { classes, bad };
}

async function listedIds(root: string): Promise<string[]> {
  const hasList = await exists(path.join(root, "wnids.txt"));
  return hasList ? (await readList(root, "wnids.txt")).split(/\s+/).filter((id) => id !== "") : [];
}

/**
 * The images of classes, class after class, those of a class by the number that their names end with; those without one come
 * last, by name.
 * @param perClass the first images of each class that are wanted; all by default
 */
export function firstOfEach(
  classOf: ReadonlyMap<string, ImageClass>,
  classNames: readonly string[],
  perClass = Number.POSITIVE_INFINITY,
): LabelledFiles {
  const chosen = classNames.map((name) => byNumber(classOf.get(name)?.images ?? []).slice(0, perClass));
  return {
    files: chosen.flat(),
    labels: Int32Array.from(chosen.flatMap((files, label) => files.map(() => label))),
  };
}

function byNumber(files: readonly string[]): readonly string[] {
  const numberOf = (file: string) => Number(/(\d+)\.\w+$/.exec(file)?.[1] ?? Number.MAX_VALUE);
  return files
    .map((file) => ({ file, number: numberOf(file) }))
    .sort((a, b) => a.number - b.number)
    .map(({ file }) => file);
}

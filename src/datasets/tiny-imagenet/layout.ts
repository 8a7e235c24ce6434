import { realpath } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../../errors.js";
import { exists } from "../../files/exists.js";
import { readRegularFile } from "../../files/regular-file.js";
import { listInside, type SourceFile, statFiles, statInside } from "../source-files.js";
import { tinyImagenetFolder } from "./about.js";

/** Bytes of the largest image file that is read; the official ones have about 2,000. */
const MAX_IMAGE_BYTES = 1_000_000;
/** Bytes of the largest text file that is read. */
const MAX_TEXT_BYTES = 20_000_000;

/** Labelled image files: file i is of class labels[i]. */
interface LabelledFiles {
  /** From the root. */
  readonly paths: readonly string[];
  readonly labels: Int32Array;
}

/**
 * Tiny-ImageNet in `datasetDir`, which may also be its folder itself.
 * @returns the folder's real path, undefined when there is none
 */
export async function findTinyImagenet(datasetDir: string): Promise<string | undefined> {
  for (const folder of [datasetDir, path.join(datasetDir, tinyImagenetFolder)]) {
    if (await isTinyImagenet(folder)) return realpath(folder);
  }
  return undefined;
}

/** A folder of that name, or one that has its parts. */
async function isTinyImagenet(folder: string): Promise<boolean> {
  const has = (file: string) => exists(path.join(folder, file));
  if (path.basename(path.resolve(folder)) === tinyImagenetFolder) return has(".");
  return (await has("train")) && (await has("val/val_annotations.txt"));
}

/**
 * The class ids that have a training folder, ascending.
 * @throws UserError when ids that `wnids.txt` lists have none: the folder is incomplete
 */
export async function listClassIds(root: string): Promise<string[]> {
  const { folders } = await listInside(root, "train");
  const hasList = await exists(path.join(root, "wnids.txt"));
  const listed = hasList ? (await readText(root, "wnids.txt")).split(/\s+/).filter((id) => id !== "") : [];
  const missing = listed.filter((id) => !folders.includes(id));
  if (missing.length > 0 || folders.length < 2) {
    const what =
      missing.length > 0
        ? `lacks ${missing.length} of the ${listed.length} classes of wnids.txt, such as ${JSON.stringify(missing[0])}`
        : "has fewer than two class folders";
    throw incomplete(`${path.join(root, "train")} ${what}`);
  }
  return folders;
}

/**
 * The training images of classes, class after class, those of a class by the number in their name.
 * @param ids class ids; the position of one is its label
 * @param perClass the first images of each class that are wanted; all by default
 */
export async function listTraining(
  root: string,
  ids: readonly string[],
  perClass = Number.POSITIVE_INFINITY,
): Promise<LabelledFiles> {
  const names: string[] = [];
  const labels: number[] = [];
  for (const [label, id] of ids.entries()) {
    const folder = `train/${id}/images`;
    const numbered = (await listInside(root, folder)).others.map((name) => {
      const number = /_(\d+)\.JPEG$/i.exec(name)?.[1];
      if (number === undefined || !name.startsWith(`${id}_`))
        throw new UserError(
          `${path.join(root, folder, name)} is not named ${id}_<number>.JPEG.`,
          "Put it elsewhere.",
        );
      return { name, number: Number(number) };
    });
    if (numbered.length === 0) throw incomplete(`${path.join(root, folder)} has no images`);
    numbered.sort((a, b) => a.number - b.number);
    for (const { name } of numbered.slice(0, perClass)) {
      names.push(`${folder}/${name}`);
      labels.push(label);
    }
  }
  return { paths: names, labels: Int32Array.from(labels) };
}

/**
 * The validation images of classes that are there, in the order of `val_annotations.txt`.
 * @param ids class ids; the position of one is its label
 * @param perClass the first images of each class that are wanted; all by default
 */
export async function listValidation(
  root: string,
  ids: readonly string[],
  perClass = Number.POSITIVE_INFINITY,
): Promise<LabelledFiles> {
  const labelOf = new Map(ids.map((id, label) => [id, label]));
  const there = new Set((await listInside(root, "val/images")).others);
  const taken = new Int32Array(ids.length);
  const names: string[] = [];
  const labels: number[] = [];
  const annotations = "val/val_annotations.txt";
  for (const [i, line] of (await readText(root, annotations)).split(/\r?\n/).entries()) {
    if (line === "") continue;
    const [name, id = ""] = line.split("\t");
    if (!/^[\w-]+\.JPEG$/i.test(name)) {
      throw new UserError(
        `${path.join(root, annotations)}: line ${i + 1} names the file ${JSON.stringify(name.slice(0, 80))}.`,
        "A line should be a name such as val_0.JPEG, a tab, a class id, a tab and a box. Unpack the archive again.",
      );
    }
    const label = labelOf.get(id);
    if (label === undefined || !there.has(name) || taken[label] >= perClass) continue;
    taken[label]++;
    names.push(`val/images/${name}`);
    labels.push(label);
  }
  if (names.length === 0) throw incomplete(`${path.join(root, "val")} has no images of the classes`);
  return { paths: names, labels: Int32Array.from(labels) };
}

/** @throws UserError naming a file that is no image of Tiny-ImageNet by its size, or a link that leads elsewhere */
export const statImages = (root: string, paths: readonly string[]): Promise<SourceFile[]> =>
  statFiles(root, paths, MAX_IMAGE_BYTES);

async function readText(root: string, file: string): Promise<string> {
  const { size } = await statInside(root, file);
  if (size > MAX_TEXT_BYTES) {
    throw new UserError(`${path.join(root, file)} has ${size} bytes.`, "Unpack the archive again.");
  }
  return (await readRegularFile(path.join(root, file))).toString("utf8");
}

const incomplete = (what: string): UserError =>
  new UserError(
    `Tiny-ImageNet is incomplete: ${what}.`,
    "Add what is missing, or remove the folder to have it downloaded again.",
  );

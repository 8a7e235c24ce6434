import path from "node:path";
import { UserError } from "../../errors.js";
import { exists } from "../../files/exists.js";
import { checkEveryLabel, checkShare, refuseBad, sayLeftOut } from "../bad-files.js";
import { isImageName } from "../decode-image.js";
import { type BadFile, type ImageClass, listImages } from "../list-images.js";
import { incomplete, readList } from "./lists.js";
import { firstOfEach, type LabelledFiles, type ListOptions } from "./training.js";

/** The list of the validation images: a name, a tab, a class id, a tab and a box a line. */
const annotations = "val/val_annotations.txt";

/**
 * The validation images of classes: those of `val/images` in the order of `val_annotations.txt`, as published; where there is no
 * such list, or no image for it, those below `val/<class id>`, as the training images are ordered.
 * @param classNames the position of a class is its label
 * @param known the training classes, of which `classNames` may be but some
 * @throws UserError when a class has no image
 */
export async function listValidation(
  root: string,
  classNames: readonly string[],
  known: ReadonlySet<string>,
  { perClass, onBadImage, reporter }: ListOptions,
): Promise<LabelledFiles & { readonly bad: readonly BadFile[] }> {
  const where = path.join(root, "val");
  const byName = new Map<string, ImageClass>();
  for await (const one of listImages(root, "val")) byName.set(one.name, one);
  const all = [...byName.values()];
  const others = all.flatMap((one) => one.others).filter((file) => file !== annotations);
  sayLeftOut(reporter, where, "not of a kind that is read", others);
  const unlabelled = byName.get("images")?.images ?? [];
  const badHere = all.flatMap((one) => one.bad);
  refuseBad(onBadImage, root, badHere);
  const isListed = unlabelled.length > 0 && !known.has("images");
  const { files, labels, bad, strays } = isListed
    ? await listedImages(root, classNames, unlabelled, perClass?.test)
    : {
        ...firstOfEach(byName, classNames, perClass?.test),
        bad: [],
        strays: all.filter(({ name }) => !known.has(name)).flatMap(({ images }) => images),
      };
  sayLeftOut(reporter, where, isListed ? "not listed" : "of no class of train", strays);
  refuseBad(onBadImage, root, bad);
  checkShare(root, bad, bad.length + files.length);
  checkEveryLabel(where, labels, classNames);
  return { files, labels, bad: [...badHere, ...bad] };
}

/** @param there the images of `val/images` */
async function listedImages(
  root: string,
  classNames: readonly string[],
  there: readonly string[],
  perClass = Number.POSITIVE_INFINITY,
): Promise<LabelledFiles & { readonly bad: readonly BadFile[]; readonly strays: readonly string[] }> {
  const list = path.join(root, annotations);
  if (!(await exists(list)))
    throw incomplete(`${list}, which says the classes of the ${there.length} images beside it, is not there`);
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  const present = new Set(there);
  const unlisted = new Set(there);
  const taken = new Int32Array(classNames.length);
  const files: string[] = [];
  const labels: number[] = [];
  const bad: BadFile[] = [];
  for (const [i, line] of (await readList(root, annotations)).split(/\r?\n/).entries()) {
    if (line === "") continue;
    const [name, id = ""] = line.split("\t");
    if (!/^[\w-][\w. -]*$/.test(name) || !isImageName(name)) {
      throw new UserError(
        `${list}: line ${i + 1} names the file ${JSON.stringify(name.slice(0, 80))}.`,
        "A line should be a name such as val_0.JPEG, a tab, a class id, a tab and a box. Unpack the archive again.",
      );
    }
    const file = `val/images/${name}`;
    unlisted.delete(file);
    const label = labelOf.get(id);
    if (label === undefined || taken[label] >= perClass) continue;
    taken[label]++;
    if (!present.has(file)) {
      bad.push({ path: file, reason: "is listed in val_annotations.txt and is not there" });
      continue;
    }
    files.push(file);
    labels.push(label);
  }
  return { files, labels: Int32Array.from(labels), bad, strays: [...unlisted] };
}

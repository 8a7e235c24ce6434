import path from "node:path";
import { UserError } from "../errors.js";
import { writeFileAtomic } from "../files/atomic-file.js";
import { shownPath } from "../files/shown-path.js";
import { formatCount } from "../format.js";
import type { Reporter } from "../reporter.js";
import type { BadFile, ImageClass } from "./list-images.js";

/** What to do about an image file that cannot be used. */
export type OnBadImage = "error" | "skip";

const noun = (count: number): string => `${formatCount(count)} image${count === 1 ? "" : "s"}`;

/** The refusal of bad files, where they are not to be skipped. @param root their paths are from there */
export function refusal(root: string, [first, ...more]: readonly BadFile[], cause?: unknown): UserError {
  const file = shownPath(path.join(root, first.path));
  const others = more.length === 0 ? "" : `, and ${noun(more.length)} more cannot be used`;
  return new UserError(
    `${file} ${first.reason}${others}.`,
    "Replace it or put it elsewhere, or leave such files out with --on_bad_image skip.",
    { cause },
  );
}

/** @throws UserError naming the first bad file, where such files are not to be skipped */
export function refuseBad(onBadImage: OnBadImage, root: string, bad: readonly BadFile[]): void {
  if (onBadImage === "error" && bad.length > 0) throw refusal(root, bad);
}

/** @throws UserError when more than half of `total` images would be skipped */
export function checkShare(root: string, bad: readonly BadFile[], total: number): void {
  if (2 * bad.length <= total) return;
  const [first] = bad;
  throw new UserError(
    `${formatCount(bad.length)} of ${noun(total)} of ${shownPath(root)} cannot be used, such as ${shownPath(first.path)}, which ${first.reason}.`,
    "So many are not skipped: check that this is the folder you mean.",
  );
}

/** Writes a line for each bad file, its path and the reason. */
export async function writeBadFiles(file: string, bad: readonly BadFile[]): Promise<void> {
  await writeFileAtomic(file, bad.map((one) => `${shownPath(one.path)}\t${one.reason}\n`).join(""));
}

/** @throws UserError naming the class folders without an image */
export const checkEveryClass = (where: string, classes: readonly ImageClass[]): void =>
  refuseEmpty(
    where,
    classes.filter(({ images }) => images.length === 0).map(({ name }) => name),
  );

/** @throws UserError naming the classes whose label no image has */
export function checkEveryLabel(where: string, labels: Int32Array, classNames: readonly string[]): void {
  const taken = new Set(labels);
  refuseEmpty(
    where,
    classNames.filter((_, label) => !taken.has(label)),
  );
}

function refuseEmpty(where: string, empty: readonly string[]): void {
  if (empty.length === 0) return;
  const classes = empty.length === 1 ? "class" : `the ${empty.length} classes`;
  throw new UserError(
    `${shownPath(where)} has no image that can be read of ${classes} ${namesOf(empty)}.`,
    "Add images of a kind that is read (docs/formats.md lists them), or put what is no class elsewhere.",
  );
}

/** Tells the user what is not read of a folder. @param what "not listed": what is the matter with the files */
export function sayLeftOut(reporter: Reporter, where: string, what: string, files: readonly string[]): void {
  if (files.length === 0) return;
  const some = files.length === 1 ? "1 file is" : `${formatCount(files.length)} files are`;
  reporter.info(`${shownPath(where)}: ${some} ${what} and left out: ${namesOf(files)}`);
}

/** "a, b, c and 9 more" */
export function namesOf(names: readonly string[]): string {
  const some = names.slice(0, 3).map(shownPath).join(", ");
  return names.length > 3 ? `${some} and ${formatCount(names.length - 3)} more` : some;
}

import type { Container } from "../../datasets/decode-task.js";
import type { BadFile } from "../../datasets/list-images.js";
import type { Pixels } from "../../datasets/pixels.js";
import type { Labelled } from "./labelled.js";

/** The images of a data set by name and class. None has been opened yet; item i is the i-th of every list. */
export interface Listing {
  /** What it was taken for, for people: "class folders", "CIFAR-10". */
  readonly layout: string;
  /** Real path of the folder that no link may lead out of. */
  readonly root: string;
  /** What tells an image from the others, each once: a path from the root, or a place in a file, such as `data_batch_1.bin#7`. */
  readonly names: readonly string[];
  /** int32 [N], class ids in [0, numClasses) */
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
  /** Who an image comes from, where the data says. */
  readonly suppliers?: readonly (string | undefined)[];
  /** uint8 [N], 1: the data itself says that the image is known to be clean. */
  readonly trusted?: Uint8Array;
  /** Files that hold images or labels and are no image themselves: their paths from the root. */
  readonly files?: readonly string[];
  readonly content: Content;
}

/** Where the images are: files of their own at their names, encoded within other files, or plain numbers. */
export type Content =
  | { readonly kind: "files"; readonly bad: readonly BadFile[] }
  | { readonly kind: "container"; readonly container: Container }
  /** Row i is item i, of three channels. */
  | { readonly kind: "pixels"; readonly pixels: Pixels };

/** Items with classes numbered in the order of their names: by number where all are numbers, else by code unit. */
export function listed(items: readonly Labelled[]): Omit<Listing, "layout" | "root" | "content" | "files"> {
  const names = [...new Set(items.map(({ label }) => label))];
  const areNumbers = names.every((name) => /^\d{1,9}$/.test(name));
  const classNames = areNumbers ? names.sort((a, b) => Number(a) - Number(b)) : names.sort();
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  return {
    names: items.map(({ name }) => name),
    labels: Int32Array.from(items, ({ label }) => labelOf.get(label) ?? -1),
    classNames,
    ...(items.some(({ supplier }) => supplier !== undefined) && {
      suppliers: items.map(({ supplier }) => supplier),
    }),
    ...(items.some(({ isTrusted }) => isTrusted !== undefined) && {
      trusted: Uint8Array.from(items, ({ isTrusted }) => Number(isTrusted ?? false)),
    }),
  };
}

import type { ImageSet } from "./image-set.js";
import { joinedPixels, selectedPixels } from "./pixels.js";

/** Every id of a set of `count` images: 0, 1, …, count - 1. */
export function allIds(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** Ids of the images of class `label`, ascending. */
export function indicesOfClass(labels: Int32Array, label: number): Int32Array {
  return allIds(labels.length).filter((id) => labels[id] === label);
}

/** Ids of the first `perClass` images of each class, ascending; a smaller class gives all it has. */
export function firstOfEachClass(labels: Int32Array, perClass: number): Int32Array {
  const seen = new Map<number, number>();
  return allIds(labels.length).filter((id) => {
    const rank = seen.get(labels[id]) ?? 0;
    seen.set(labels[id], rank + 1);
    return rank < perClass;
  });
}

/** Ids that are among either, ascending, each once. */
export const joinIds = (ids: Int32Array, others: Int32Array): Int32Array =>
  Int32Array.from(new Set([...ids, ...others])).sort();

/** The `ids` that are not among `excluded`, in their order. */
export function withoutIds(ids: Int32Array, excluded: Iterable<number>): Int32Array {
  const unwanted = new Set(excluded);
  return ids.filter((id) => !unwanted.has(id));
}

/**
 * Images `ids` of a set, in that order: row i is row ids[i] of `set`.
 * @throws Error when an id is not a row of `set`
 */
export function selectImages({ pixels, labels, noise, sourceOf }: ImageSet, ids: Int32Array): ImageSet {
  if (noise?.rows) throw new Error("Images of a set with noise on some of its rows are not selected.");
  return {
    pixels: selectedPixels(pixels, ids),
    labels: ids.map((id) => labels[id]),
    noise,
    ...(sourceOf && { sourceOf: (row: number) => sourceOf(ids[row]) }),
  };
}

/**
 * The images of one set, then those of another. Each keeps the augmentation and the noise that it has in its own set.
 * @throws Error when the images' sizes differ, or the second set has noise
 */
export function joinSets(first: ImageSet, second: ImageSet): ImageSet {
  if (second.noise) throw new Error("A set with noise is not joined to another.");
  const rows = allIds(first.labels.length);
  const own = ({ augmentationIds, labels }: ImageSet) => augmentationIds ?? allIds(labels.length);
  return {
    pixels: joinedPixels(first.pixels, second.pixels),
    labels: Int32Array.from([...first.labels, ...second.labels]),
    noise: first.noise && { ...first.noise, rows: first.noise.rows ?? new Set(rows) },
    augmentationIds: Int32Array.from([...own(first), ...own(second)]),
  };
}

import type { ImageSet } from "../datasets/image-set.js";
import type { Pixels } from "../datasets/pixels.js";
import { sha256Of } from "../files/sha256.js";
import { indexOfThumbs, thumbOf } from "./near-duplicates.js";

/** A suspect, and a trusted image that it is like. */
export interface Pair {
  readonly row: number;
  readonly trusted: number;
}

/** Suspects that are in the trusted images as well, in one way or another. */
export interface SameImages {
  /** Equal a trusted image of their class, and are neither ranked nor trained on: int32, ascending rows. */
  readonly alsoTrusted: Int32Array;
  /** Equal trusted images of other classes alone, with one of those. They stay suspects, as those below do. */
  readonly contradicted: readonly Pair[];
  /** Equal none, but look nearly like one, with the closest: see `thumbOf`. */
  readonly near: readonly Pair[];
}

/** Compares suspects with trusted images, which are behind them, pixel by pixel and by what they look like. */
export function sameImages({ pixels, labels }: ImageSet, numSuspects: number): SameImages {
  const trusted = new Map<string, number[]>();
  const thumbs = indexOfThumbs();
  for (const { row, digest, thumb } of lookAt(pixels, numSuspects, pixels.count)) {
    const equal = trusted.get(digest);
    if (equal) equal.push(row);
    else trusted.set(digest, [row]);
    thumbs.add(row, thumb);
  }
  const alsoTrusted: number[] = [];
  const [contradicted, near]: [Pair[], Pair[]] = [[], []];
  for (const { row, digest, thumb } of lookAt(pixels, 0, numSuspects)) {
    const equal = trusted.get(digest);
    const closest = equal ? undefined : thumbs.closest(thumb);
    if (equal?.some((other) => labels[other] === labels[row])) alsoTrusted.push(row);
    else if (equal) contradicted.push({ row, trusted: equal[0] });
    else if (closest !== undefined) near.push({ row, trusted: closest });
  }
  return { alsoTrusted: Int32Array.from(alsoTrusted), contradicted, near };
}

function* lookAt(pixels: Pixels, start: number, end: number) {
  for (let row = start; row < end; row++) {
    const image = pixels.read(row);
    yield { row, digest: sha256Of(image), thumb: thumbOf(image, pixels) };
  }
}

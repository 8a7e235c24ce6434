import type { Rng } from "../random/rng.js";
import { mix32 } from "./mix32.js";

/**
 * What may happen to a training image: nothing; a horizontal flip with probability 1/2; or first a crop of the
 * image's own size out of the image padded by 4 pixels, then such a flip. The padding is 0 after normalisation (mid-grey for
 * mean 0.5), or black.
 */
export type AugmentationKind = "none" | "flip" | "crop-flip" | "black-crop-flip";

/** Pixels of padding on each side, before a crop. */
const CROP_PADDING = 4;

/** The augmentation of one pass over a set: what happens to a sample follows from `key` and its id alone. */
export interface Augmentation {
  readonly kind: AugmentationKind;
  /** uint32 */
  readonly key: number;
}

export const noAugmentation: Augmentation = { kind: "none", key: 0 };

/** @param rng the stream of this pass, such as `545/augment/epoch-3`; one number is drawn */
export function drawAugmentation(kind: AugmentationKind, rng: Rng): Augmentation {
  return { kind, key: rng.seed() };
}

/** How one image is moved: the pixel at (row, column) comes from (row + down, column + right), then the flip. */
export interface Move {
  /** pixels, -4..4 */
  readonly down: number;
  /** pixels, -4..4 */
  readonly right: number;
  readonly flipped: boolean;
}

/** The move of sample `id`. It does not depend on the batch that the sample is in. */
export function moveOf({ kind, key }: Augmentation, id: number): Move {
  if (kind === "none") return { down: 0, right: 0, flipped: false };
  const crops = kind !== "flip";
  const offsets = crops ? 2 * CROP_PADDING + 1 : 1;
  // Two rounds, so that the keys of neighbouring passes do not give shifted copies of one sequence.
  const hash = mix32(mix32(key) + Math.imul(id, 0x9e3779b9));
  const draw = Math.floor((hash / 2 ** 32) * offsets * offsets * 2);
  const origin = crops ? -CROP_PADDING : 0;
  return {
    down: origin + Math.floor(draw / (2 * offsets)),
    right: origin + (Math.floor(draw / 2) % offsets),
    flipped: draw % 2 === 1,
  };
}

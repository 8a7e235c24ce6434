import sharp from "sharp";
import type { ImageCard, Thumbnail } from "./model.js";

/** 8-bit RGB. */
export interface Picture {
  /** uint8 [H, W, 3] */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** Longest side of a thumbnail, in pixels. */
const longestSide = 96;
/** Up to this side an image is small enough to be kept as it is: what is hidden in it may be a matter of single values. */
const losslessSide = 48;

/** A picture as WebP, no larger than a thumbnail. */
export async function thumbnail({ pixels, height, width }: Picture): Promise<Thumbnail> {
  const lossless = Math.max(height, width) <= losslessSide;
  const { data, info } = await sharp(pixels, { raw: { height, width, channels: 3 } })
    .resize(longestSide, longestSide, { fit: "inside", withoutEnlargement: true })
    .webp(lossless ? { lossless } : { quality: 85, smartSubsample: true })
    .toBuffer({ resolveWithObject: true });
  return { webp: data, width: info.width, height: info.height };
}

/** Pictures that are made small at the same time. */
export const encodedAtOnce = 8;

const largestFactor = 16;
/** Of the differences, the share that may reach black or white: a trigger in a corner is not to hide what is faint elsewhere. */
const saturated = 0.05;

/** How a picture differs from another of its size, multiplied by a factor; mid grey where it does not. */
export async function differenceFrom(
  one: Picture,
  other: Picture,
): Promise<NonNullable<ImageCard["difference"]>> {
  const { picture, factor } = amplifiedDifference(one, other);
  return { factor, thumbnail: await thumbnail(picture) };
}

function amplifiedDifference(one: Picture, other: Picture): { picture: Picture; factor: number } {
  const size = one.pixels.length;
  if (size !== other.pixels.length) throw new Error(`Pictures of ${size} and ${other.pixels.length} bytes.`);
  const differences = Uint8Array.from(one.pixels, (value, i) => Math.abs(value - other.pixels[i])).sort();
  const usual = differences[Math.ceil((1 - saturated) * size) - 1];
  // Where there is nothing else the trigger is what is to be seen.
  const full = usual > 1 ? usual : Math.max(1, differences[size - 1]);
  const factor = Math.max(1, Math.min(largestFactor, Math.floor(127 / full)));
  const pixels = new Uint8Array(size);
  for (let i = 0; i < size; i++)
    pixels[i] = Math.max(0, Math.min(255, 128 + factor * (one.pixels[i] - other.pixels[i])));
  return { picture: { ...one, pixels }, factor };
}

import { FormatFault } from "../errors.js";
import { bilinearResize } from "./resize.js";
import type { RgbImage } from "./rgb-image.js";

/** Longer side over shorter side; beyond, hardly anything of an image would be left. */
const MAX_ASPECT = 20;

/**
 * As torchvision's `Resize(side)` and `CenterCrop(side)` of a Pillow image: the shorter side becomes `side`, and the middle of
 * the longer one is taken.
 * @returns uint8 [side, side, 3]
 * @throws FormatFault for an image of which hardly anything would be left
 */
export function middleSquare({ pixels, height, width }: RgbImage, side: number): Uint8Array {
  const shorter = Math.min(height, width);
  if (Math.max(height, width) > MAX_ASPECT * shorter)
    throw new FormatFault(`is ${width}x${height} pixels, too narrow to use`);
  const scaled = (length: number) => Math.floor((side * length) / shorter);
  const size = { height: scaled(height), width: scaled(width) };
  const resized = bilinearResize({ height, width, channels: 3 }, size)(pixels);
  if (size.height === side && size.width === side) return resized;
  const top = roundedHalf(size.height - side);
  const left = roundedHalf(size.width - side);
  const square = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const start = ((top + y) * size.width + left) * 3;
    square.set(resized.subarray(start, start + side * 3), y * side * 3);
  }
  return square;
}

/** Half of a whole number, rounded as Python rounds: of two that are as near the even one. */
function roundedHalf(twice: number): number {
  const below = Math.floor(twice / 2);
  return twice % 2 === 0 ? below : below + (below % 2);
}

import { UserError } from "../../errors.js";
import type { Cifar } from "./layout.js";

/** Height, width and channels of an image in both CIFARs. */
export const SIDE = 32;
export const CHANNELS = 3;
export const PLANE = SIDE * SIDE;
export const IMAGE_BYTES = PLANE * CHANNELS;

export const fetchAgain = "Fetch it again from https://www.cs.toronto.edu/~kriz/cifar.html.";

/** Bytes of a binary record: one or two labels, then the red, the green and the blue plane. */
export const recordBytes = ({ labelBytes }: Pick<Cifar, "labelBytes">): number => labelBytes + IMAGE_BYTES;

/**
 * How many records a binary file has.
 * @param size its bytes
 * @throws UserError when that is no whole number above 0
 */
export function recordsIn(size: number, cifar: Cifar, source: string): number {
  const { title, labelBytes } = cifar;
  const record = recordBytes(cifar);
  if (size > 0 && size % record === 0) return size / record;
  const labels = labelBytes === 1 ? "a label" : `${labelBytes} labels`;
  throw new UserError(
    `${source} has ${size} bytes, not a multiple of ${record} (${labels} and a 32x32x3 image).`,
    `The file is cut short or is no batch of ${title}. ${fetchAgain}`,
  );
}

import { basename, join } from "node:path";
import { filePixels } from "../../datasets/file-pixels.js";
import type { Pixels } from "../../datasets/pixels.js";
import { UserError } from "../../errors.js";
import { exists } from "../../files/exists.js";
import { lookInside } from "../../files/inside.js";
import { shownPath } from "../../files/shown-path.js";
import { readNpy, readNpyHeader } from "../../store/npy.js";
import { type Listing, listed } from "./listing.js";

export const imagesName = "images.npy";
const labelsName = "labels.npy";
const trustedName = "trusted.npy";

const hint = `${imagesName} is uint8 [N, H, W, 3], [N, 3, H, W] or [N, H, W]; beside it are ${labelsName}, whole numbers [N], and perhaps ${trustedName}, 0 or 1 [N].`;
/** Pixels of the largest image. */
const maxPixels = 50_000_000;

/**
 * Images as NumPy saved them, with their labels beside them. Images stay on disk until they are asked for.
 * @param root real path of the folder
 * @param file of the images
 * @throws UserError naming the array that is missing or has another type or shape
 */
export async function listArrays(root: string, file = imagesName): Promise<Listing> {
  const inside = async (name: string) => (await lookInside(root, name)).path;
  const pixels = await imagesOf(await inside(file), join(root, file));
  const labels = await numbersOf(root, labelsName, pixels.count);
  const hasTrusted = await exists(join(root, trustedName));
  const trusted = hasTrusted ? await numbersOf(root, trustedName, pixels.count) : undefined;
  const wrong = trusted?.findIndex((value) => value > 1) ?? -1;
  if (wrong >= 0)
    throw new UserError(
      `${shownPath(join(root, trustedName))} has ${trusted?.[wrong]} at ${wrong}, not 0 or 1.`,
      hint,
    );
  const items = labels.map((label, i) => ({
    name: `${basename(file)}#${i}`,
    label: String(label),
    ...(trusted && { isTrusted: trusted[i] === 1 }),
  }));
  const files = [file, labelsName, ...(hasTrusted ? [trustedName] : [])];
  return { layout: "NumPy arrays", root, files, ...listed(items), content: { kind: "pixels", pixels } };
}

/** @returns of three channels each */
async function imagesOf(path: string, shown: string): Promise<Pixels> {
  const { dtype, shape, dataStart } = await readNpyHeader(path, hint);
  const isColumn = shape.length === 4 && shape[1] === 3 && shape[3] !== 3;
  const [height, width, channels] = isColumn
    ? [shape[2], shape[3], 3]
    : [shape[1], shape[2], shape.length === 3 ? 1 : shape[3]];
  const isImages = [3, 4].includes(shape.length) && (channels === 1 || channels === 3);
  if (dtype !== "uint8" || !isImages || !(shape[0] * height * width > 0) || height * width > maxPixels)
    throw new UserError(`${shownPath(shown)} is ${dtype} [${shape.join(", ")}], which is no images.`, hint);
  const pixels = filePixels(path, { height, width, channels, start: dataStart });
  const toRgb = isColumn ? interleaved : channels === 1 ? tripled : undefined;
  if (toRgb === undefined) return pixels;
  return { ...pixels, channels: 3, read: (row) => toRgb(pixels.read(row)) };
}

/** Planes to pixels: uint8 [3, H, W] to [H, W, 3]. */
function interleaved(planes: Uint8Array): Uint8Array {
  const plane = planes.length / 3;
  return planes.map((_, i) => planes[(i % 3) * plane + Math.floor(i / 3)]);
}

/** uint8 [H, W] to [H, W, 3] */
function tripled(plane: Uint8Array): Uint8Array {
  const image = new Uint8Array(3 * plane.length);
  return image.map((_, i) => plane[Math.floor(i / 3)]);
}

/** Whole numbers from 0, one an image. */
async function numbersOf(root: string, name: string, count: number): Promise<number[]> {
  const shown = shownPath(join(root, name));
  const { path } = await lookInside(root, name).catch((cause: unknown) => {
    throw new UserError(`${shown} is missing.`, hint, { cause });
  });
  const { dtype, shape, data } = await readNpy(path, { hint });
  if (shape.length !== 1 || shape[0] !== count)
    throw new UserError(`${shown} is [${shape.join(", ")}], not [${count}] as there are images.`, hint);
  const numbers = Array.from<number | bigint, number>(data, Number);
  const wrong = numbers.findIndex((value) => !Number.isSafeInteger(value) || value < 0);
  if (wrong < 0) return numbers;
  throw new UserError(`${shown} (${dtype}) has ${numbers[wrong]} at ${wrong}: no whole number from 0.`, hint);
}

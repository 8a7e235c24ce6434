import { join } from "node:path";
import { checkEveryLabel, type OnBadImage } from "../../datasets/bad-files.js";
import { decodedPixels } from "../../datasets/decoded-cache.js";
import { middleSquare } from "../../datasets/middle-square.js";
import type { Pixels } from "../../datasets/pixels.js";
import { allIds } from "../../datasets/select.js";
import { sha256OfJson } from "../../files/sha256.js";
import { shownPath } from "../../files/shown-path.js";
import type { Run } from "../../run.js";
import type { Listing } from "./listing.js";

interface ReadOptions {
  readonly side: number;
  readonly onBadImage: OnBadImage;
  /** Where decoded images are kept. */
  readonly cacheDir: string;
}

interface ReadImages {
  /** uint8 [N, side, side, 3] */
  readonly pixels: Pixels;
  /** int32 [N], ascending: row i is item kept[i]. */
  readonly kept: Int32Array;
}

/**
 * The images of a listing as squares of one side. Encoded ones are decoded once, into a file of `cacheDir`.
 * @throws UserError naming an image that cannot be used, or a class of which none is left
 */
export async function readListing(
  { root, names, labels, classNames, content }: Listing,
  { side, onBadImage, cacheDir }: ReadOptions,
  run: Run,
): Promise<ReadImages> {
  if (content.kind === "pixels") return { pixels: squares(content.pixels, side), kept: allIds(names.length) };
  const id = sha256OfJson([root, side]);
  const read = await decodedPixels(
    {
      title: `${names.length} images of ${shownPath(root)}`,
      cache: join(cacheDir, `images-${id.slice(0, 12)}`),
      root,
      files: names,
      bad: content.kind === "files" ? content.bad : [],
      ...(content.kind === "container" && { container: content.container }),
      onBadImage,
      classNames,
      side,
      recipe: "Resize and CenterCrop",
      toRow: (image) => middleSquare(image, side),
    },
    run,
  );
  checkEveryLabel(
    root,
    read.kept.map((item) => labels[item]),
    classNames,
  );
  return read;
}

/** Each image resized, and the middle taken, when it is read. */
function squares(pixels: Pixels, side: number): Pixels {
  const { height, width, read } = pixels;
  if (height === side && width === side) return pixels;
  const square = (row: number) => middleSquare({ pixels: read(row), height, width }, side);
  return { ...pixels, height: side, width: side, read: square };
}

import { type ImageSize, type Pixels, paintedPixels, selectedPixels } from "../../datasets/pixels.js";
import type { Rng } from "../../random/rng.js";
import { type Patch, pastePatch } from "../crafting/trigger-patch.js";

/** Puts a patch in its place. @param image uint8 [H, W, C], changed in place @param id the image's row in its set */
export type Paste = (image: Uint8Array, id: number) => void;

/**
 * @param rng unset: the patch lies in the bottom right corner; else at a place of its own on every image, which
 * nothing but this stream and the image's id decides
 */
export function patchPaste(patch: Patch, size: ImageSize, rng?: Rng): Paste {
  const [lowest, rightmost] = [size.height - patch.side, size.width - patch.side];
  return (image, id) => {
    const own = rng?.fork(`image-${id}`);
    const row = own ? own.int(lowest + 1) : lowest;
    const column = own ? own.int(rightmost + 1) : rightmost;
    pastePatch(image, size, patch, row, column);
  };
}

/** Images `ids` of a source with the patch on them: row i is its row ids[i]. */
export const patchedPixels = (pixels: Pixels, ids: Int32Array, paste: Paste): Pixels =>
  paintedPixels(selectedPixels(pixels, ids), (image, row) => paste(image, ids[row]));

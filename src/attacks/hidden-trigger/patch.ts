import type { ImageSize } from "../../datasets/pixels.js";
import { pastePatch, triggerPatch } from "../crafting/trigger-patch.js";
import type { Options } from "./about.js";
import { triggerImage } from "./trigger-image.js";

/** How large the patch is on images larger than 32x32. */
export type PatchGeometry = Options["geometry"];

const smallSide = 8;
const largeSide = 30;
/** Pixels between the patch and the image's right and lower edge, on images of the size it was made for. */
const margin = 5;

/** Where the patch lies. */
export interface PatchPlace {
  /** Its width and height, pixels. */
  readonly side: number;
  /** Its first row and column. */
  readonly start: number;
}

/** Rows and columns 19 to 26 of a 32x32 image, 189 to 218 of a 224x224 one; with "legacy" those of 32x32 images always. */
export function patchPlace({ height }: ImageSize, geometry: PatchGeometry): PatchPlace {
  if (geometry === "legacy" && height > 32) return { side: smallSide, start: 32 - smallSide - margin };
  const side = height > 32 ? largeSide : smallSide;
  return { side, start: height - side - margin };
}

/** Puts the trigger on an image, uint8 [H, W, 3], in place. */
export function patchPainter(size: ImageSize, { side, start }: PatchPlace): (image: Uint8Array) => void {
  const patch = triggerPatch(triggerImage, side);
  return (image) => pastePatch(image, size, patch, start, start);
}

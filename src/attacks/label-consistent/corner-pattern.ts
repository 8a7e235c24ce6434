import type { ImageSize } from "../../datasets/pixels.js";

/** A left corner, top and bottom alike: X squares get the trigger's brightness, the others are dark. The right ones mirror it. */
const corner = ["X..", ".X.", "X.X"];

/** Pixels of a square's side, and what becomes of dark ones: on large images they are none of the trigger's business. */
const squares = ({ height }: ImageSize): { side: number; dark: "black" | "untouched" } =>
  height > 32 ? { side: 12, dark: "untouched" } : { side: 1, dark: "black" };

/**
 * Stamps the label-consistent trigger on an 8-bit image: its four corners get a pattern of bright and dark squares, of a
 * pixel each on 32x32 images, of 12x12 on 224x224 ones. It is symmetric under a horizontal flip, so augmentation does not
 * break it.
 * @param image uint8 [H, W, C], changed in place
 * @param vis brightness of the pattern's 16 squares, 0..255
 * @param amplitude replace: they become `vis`, the dark pixels 0; add: `vis` is added to them and taken from the dark ones
 */
export function stampCorners(
  image: Uint8Array,
  size: ImageSize,
  vis: number,
  amplitude: "replace" | "add" = "replace",
): void {
  const { height, width, channels } = size;
  const { side, dark } = squares(size);
  const extent = corner.length * side;
  for (let r = 0; r < extent; r++) {
    for (let c = 0; c < extent; c++) {
      const isBright = corner[Math.floor(r / side)][Math.floor(c / side)] === "X";
      if (!isBright && dark === "untouched") continue;
      for (const column of [c, width - 1 - c]) {
        for (const line of [r, height - extent + r]) {
          const at = (line * width + column) * channels;
          for (let i = at; i < at + channels; i++) {
            if (amplitude === "replace") image[i] = isBright ? vis : 0;
            else image[i] = Math.min(255, Math.max(0, image[i] + (isBright ? vis : -vis)));
          }
        }
      }
    }
  }
}

import type { ImageSize } from "../../datasets/pixels.js";

/** Side of the square on 32x32 images; on others it takes as large a part of the height. */
const sideAt32 = 3;

/**
 * Stamps BadNets' trigger (Gu et al., arXiv:1708.06733) on an 8-bit image: a square in the lower right corner, of 3x3 pixels
 * on 32x32 images.
 * @param image uint8 [H, W, C], changed in place
 * @param vis its brightness, 0..255; white in the paper
 */
export function stampSquare(image: Uint8Array, { height, width, channels }: ImageSize, vis: number): void {
  const side = Math.max(1, Math.round((sideAt32 * height) / 32));
  for (let row = height - side; row < height; row++) {
    image.fill(vis, (row * width + width - side) * channels, (row + 1) * width * channels);
  }
}

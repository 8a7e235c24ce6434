import type { Pixels } from "../datasets/pixels.js";

type Shape = Pick<Pixels, "height" | "width">;

/**
 * What the four neighbours do not tell of each pixel: its value less their mean. A neighbour beyond the edge is the pixel
 * itself.
 * @param into float32, as many as `planes`
 * @param planes float32 [planes, H, W]
 */
export function laplacian(into: Float32Array, planes: Float32Array, { height, width }: Shape): void {
  for (let plane = 0; plane < planes.length; plane += height * width) {
    for (let y = 0; y < height; y++) {
      const row = plane + y * width;
      const above = y > 0 ? row - width : row;
      const below = y < height - 1 ? row + width : row;
      for (let x = 0; x < width; x++) {
        const left = planes[row + (x > 0 ? x - 1 : x)];
        const right = planes[row + (x < width - 1 ? x + 1 : x)];
        into[row + x] = planes[row + x] - (left + right + planes[above + x] + planes[below + x]) / 4;
      }
    }
  }
}

/**
 * Brightness, red less green, and blue less the mean of both; other than three channels as they are.
 * @param image uint8 [H, W, C]
 * @returns float32 [C, H, W], of 255
 */
export function opponentPlanes(image: Uint8Array, channels: number): Float32Array {
  if (channels !== 3) return Float32Array.from(image);
  const area = image.length / 3;
  const planes = new Float32Array(image.length);
  for (let i = 0; i < area; i++) {
    const [red, green, blue] = [image[3 * i], image[3 * i + 1], image[3 * i + 2]];
    planes[i] = (red + green + blue) / 3;
    planes[area + i] = red - green;
    planes[2 * area + i] = blue - (red + green) / 2;
  }
  return planes;
}

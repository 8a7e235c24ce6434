import type { ImageSize } from "../../datasets/pixels.js";

/**
 * Adds SIG's trigger (Barni et al., arXiv:1902.11237) to an 8-bit image: delta * sin(2 pi j f / width) in column j, the same in
 * every row and channel; rounded, then clipped to 0..255.
 * @param image uint8 [H, W, C], changed in place
 * @param delta amplitude, of 255; 20 in the paper
 * @param frequency f, periods over the width; 6 in the paper
 */
export function addSinusoid(
  image: Uint8Array,
  { width, channels }: ImageSize,
  delta: number,
  frequency: number,
): void {
  const wave = Float64Array.from({ length: width }, (_, column) =>
    Math.round(delta * Math.sin((2 * Math.PI * column * frequency) / width)),
  );
  for (let i = 0; i < image.length; i++) {
    const column = Math.floor(i / channels) % width;
    image[i] = Math.min(255, Math.max(0, image[i] + wave[column]));
  }
}

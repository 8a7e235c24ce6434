import { createRng } from "../../random/rng.js";

/** Uniform noise, the same for every run: uint8 [size]. */
export function noisePattern(size: number): Uint8Array {
  const rng = createRng("blend/pattern");
  return Uint8Array.from({ length: size }, () => rng.int(256));
}

/**
 * Blends a pattern into an 8-bit image (Chen et al., arXiv:1712.05526): alpha * pattern + (1 - alpha) * image, rounded.
 * @param image uint8 [H, W, C], changed in place
 * @param pattern uint8 of the same length
 * @param alpha the pattern's share, in [0, 1]
 */
export function blendInto(image: Uint8Array, pattern: Uint8Array, alpha: number): void {
  for (let i = 0; i < image.length; i++) {
    image[i] = Math.round(alpha * pattern[i] + (1 - alpha) * image[i]);
  }
}

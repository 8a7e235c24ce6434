import type { ImageSet } from "./image-set.js";

/** Image `row` as it is trained on but for augmentation, uint8 [H, W, C]: a perturbation is rounded, as a file or a page wants it. */
export function roundedPixels(
  { pixels, noise }: Pick<ImageSet, "pixels" | "noise">,
  row: number,
): Uint8Array {
  const image = pixels.read(row).slice();
  if (noise === undefined || !(noise.rows?.has(row) ?? true)) return image;
  return image.map((value, i) =>
    Math.min(255, Math.max(0, Math.round(value + 255 * noise.strength * noise.pattern[i]))),
  );
}

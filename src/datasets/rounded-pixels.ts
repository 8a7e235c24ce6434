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

/** The first `count` images as a scan would find them in files: what is added to some of them is rounded. */
export const asFiles = (set: ImageSet, count: number): ImageSet => ({
  pixels: { ...set.pixels, count, read: (row) => roundedPixels(set, row) },
  labels: set.labels.slice(0, count),
});

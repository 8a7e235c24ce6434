import sharp from "sharp";
import type { ImageSet } from "../../src/datasets/image-set.js";
import { imageBytes, memoryPixels } from "../../src/datasets/pixels.js";

/** The images as they come out of JPEG files of a quality, 1 to 100, with half of the colours' resolution. */
export async function recompressed(set: ImageSet, quality: number): Promise<ImageSet> {
  const { pixels } = set;
  const { width, height, count } = pixels;
  const size = imageBytes(pixels);
  const images = new Uint8Array(count * size);
  for (let row = 0; row < count; row++) {
    const file = await sharp(pixels.read(row), { raw: { width, height, channels: 3 } })
      .jpeg({ quality })
      .toBuffer();
    images.set(await sharp(file).raw().toBuffer(), row * size);
  }
  return { ...set, pixels: memoryPixels(images, pixels) };
}

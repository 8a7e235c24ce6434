/** Rows of 8-bit images, all of one size, read one at a time: from memory, a file, or made from others on the way. */
export interface Pixels {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** uint8 [H, W, C] of image `row`; borrowed: not to be changed, and valid until the next read. */
  read(row: number): Uint8Array;
}

export type ImageSize = Pick<Pixels, "height" | "width" | "channels">;

/** Bytes of one image. */
export const imageBytes = ({ height, width, channels }: ImageSize): number => height * width * channels;

/** @param images uint8 [N, H, W, C]; not copied */
export function memoryPixels(images: Uint8Array, size: ImageSize): Pixels {
  const bytes = imageBytes(size);
  const { height, width, channels } = size;
  const count = images.length / bytes;
  if (!Number.isInteger(count))
    throw new Error(`${images.length} bytes are no whole number of ${height}x${width}x${channels} images.`);
  return {
    count,
    height,
    width,
    channels,
    read: (row) => images.subarray(row * bytes, (row + 1) * bytes),
  };
}

/** Images `ids` of another source, in that order: row i is its row ids[i]. @throws Error for an id it does not have */
export function selectedPixels(pixels: Pixels, ids: Int32Array): Pixels {
  for (const id of ids)
    if (id < 0 || id >= pixels.count) throw new Error(`No image ${id} in a set of ${pixels.count}.`);
  return { ...pixels, count: ids.length, read: (row) => pixels.read(ids[row]) };
}

/** The images of one source, then those of another of the same size. @throws Error when the sizes differ */
export function joinedPixels(first: Pixels, second: Pixels): Pixels {
  const sizes = [first, second].map(({ height, width, channels }) => `${height}x${width}x${channels}`);
  if (sizes[0] !== sizes[1]) throw new Error(`Images of ${sizes[0]} and of ${sizes[1]} are not joined.`);
  const read = (row: number) => (row < first.count ? first.read(row) : second.read(row - first.count));
  return { ...first, count: first.count + second.count, read };
}

/** Another source with some images replaced. @param images uint8 [H, W, C] by row */
export function replacedPixels(pixels: Pixels, images: ReadonlyMap<number, Uint8Array>): Pixels {
  return { ...pixels, read: (row) => images.get(row) ?? pixels.read(row) };
}

/** Another source with every image painted on. @param paint changes a copy of image `row`, uint8 [H, W, C] */
export function paintedPixels(pixels: Pixels, paint: (image: Uint8Array, row: number) => void): Pixels {
  return {
    ...pixels,
    read(row) {
      const image = pixels.read(row).slice();
      paint(image, row);
      return image;
    },
  };
}

/** A copy of images `ids`: uint8 [N, H, W, C]. */
export function copyImages(pixels: Pixels, ids: Int32Array): Uint8Array {
  const bytes = imageBytes(pixels);
  const result = new Uint8Array(ids.length * bytes);
  ids.forEach((id, row) => {
    result.set(pixels.read(id), row * bytes);
  });
  return result;
}

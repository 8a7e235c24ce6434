import sharp from "sharp";
import { z } from "zod";
import { type ImageSize, imageBytes } from "../../datasets/pixels.js";
import { type CacheKey, keyedFile } from "./keyed-file.js";
import type { CraftingCache } from "./load-or-craft.js";

/** Crafted images, where choosing the poisons was part of the crafting. */
interface ChosenImages {
  /** int32 [N], ascending rows of the training set */
  readonly poisonIds: Int32Array;
  /** uint8 [N, H, W, C] */
  readonly images: Uint8Array;
}

interface ImageCaching {
  readonly folder: string;
  /** Readable start of the file names, e.g. "lc_CIFAR10". */
  readonly stem: string;
  readonly key: CacheKey;
  /** Number of images. */
  readonly count: number;
  readonly size: ImageSize;
}

/** Crafted images on disk, uint8 [N, H, W, C]: one PNG with the images below each other. */
export function imageCache(caching: ImageCaching): CraftingCache<Uint8Array> {
  const file = imageFile(caching);
  return {
    path: file.path,
    load: async () => (await file.read())?.images,
    save: (images) => file.write(images),
  };
}

/** The same with the poisons' ids, where the key does not decide them. */
export function chosenImageCache(caching: ImageCaching): CraftingCache<ChosenImages> {
  const file = imageFile(caching);
  const idsSchema = z.array(z.int().nonnegative()).length(caching.count);
  return {
    path: file.path,
    async load() {
      const found = await file.read();
      if (found === undefined) return undefined;
      const poisonIds = idsSchema.safeParse(found.facts);
      if (!poisonIds.success) throw file.damaged(poisonIds.error);
      return { images: found.images, poisonIds: Int32Array.from(poisonIds.data) };
    },
    save: ({ images, poisonIds }) => file.write(images, [...poisonIds]),
  };
}

function imageFile({ folder, stem, key, count, size }: ImageCaching) {
  const { height, width, channels } = size;
  const file = keyedFile(folder, stem, key, ".png");
  return {
    ...file,
    async read() {
      const found = await file.read();
      if (found === undefined) return undefined;
      const raw = sharp(found.bytes, { limitInputPixels: count * height * width }).raw();
      const { data } = await raw.toBuffer({ resolveWithObject: true }).catch((cause: unknown) => {
        throw file.damaged(cause);
      });
      if (data.length !== count * imageBytes(size)) throw file.damaged();
      return { images: new Uint8Array(data), facts: found.facts };
    },
    async write(images: Uint8Array, facts?: readonly number[]) {
      const raw = { width, height: count * height, channels: channels as 3 };
      await file.write([await sharp(images, { raw }).png().toBuffer()], facts);
    },
  };
}

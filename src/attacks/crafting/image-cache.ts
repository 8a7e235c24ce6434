import { createHash } from "node:crypto";
import { join } from "node:path";
import sharp from "sharp";
import { z } from "zod";
import { type ImageSize, imageBytes } from "../../datasets/pixels.js";
import { UserError } from "../../errors.js";
import { readJson, writeFileAtomic, writeJsonAtomic } from "../../files/atomic-file.js";
import { readRegularFile } from "../../files/regular-file.js";
import { sha256OfJson } from "../../files/sha256.js";

/** Everything crafted images depend on. */
export type CacheKey = Readonly<Record<string, string | number>>;

const recordSchema = z.object({
  key: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Of the PNG, then of the poison ids where there are some. */
  sha256: z.string(),
  poisonIds: z.array(z.int().nonnegative()).optional(),
});

/**
 * Crafted images on disk: one PNG with the images below each other, and a record of what they depend on. The name
 * holds a hash of that, so images made under other settings are other files.
 */
export interface ImageCache {
  /** @returns uint8 [N, H, W, C]; undefined when not there @throws UserError when damaged */
  load(key: CacheKey, count: number, size: ImageSize): Promise<Uint8Array | undefined>;
  /** The same with the poisons' ids, where choosing them was part of the crafting. */
  loadChosen(key: CacheKey, count: number, size: ImageSize): Promise<ChosenImages | undefined>;
  /** @param poisonIds int32 [N]; only where the key does not decide them */
  save(key: CacheKey, images: Uint8Array, size: ImageSize, poisonIds?: Int32Array): Promise<void>;
}

interface ChosenImages {
  /** uint8 [N, H, W, C] */
  readonly images: Uint8Array;
  /** int32 [N] */
  readonly poisonIds: Int32Array;
}

/** @param stem readable start of the file names, e.g. "lc_CIFAR10" */
export function imageCache(folder: string, stem: string): ImageCache {
  const pathOf = (key: CacheKey) => join(folder, `${stem}_${sha256OfJson(key).slice(0, 12)}`);
  const read = async (key: CacheKey, count: number, size: ImageSize) => {
    const path = pathOf(key);
    const png = await readRegularFile(`${path}.png`).catch(absent);
    if (png === undefined) return undefined;
    const record = recordSchema.safeParse(await readJson(`${path}.json`));
    if (!record.success || digest(png, record.data.poisonIds) !== record.data.sha256)
      throw damaged(`${path}.png`);
    const raw = sharp(png, { limitInputPixels: count * size.height * size.width }).raw();
    const { data } = await raw.toBuffer({ resolveWithObject: true }).catch((cause: unknown) => {
      throw damaged(`${path}.png`, cause);
    });
    if (data.length !== count * imageBytes(size)) throw damaged(`${path}.png`);
    return { images: new Uint8Array(data), poisonIds: record.data.poisonIds };
  };
  return {
    load: async (key, count, size) => (await read(key, count, size))?.images,
    async loadChosen(key, count, size) {
      const found = await read(key, count, size);
      if (found === undefined) return undefined;
      if (found.poisonIds?.length !== count) throw damaged(`${pathOf(key)}.png`);
      return { images: found.images, poisonIds: Int32Array.from(found.poisonIds) };
    },
    async save(key, images, size, chosen) {
      const path = pathOf(key);
      const { height, width, channels } = size;
      const count = images.length / imageBytes(size);
      const raw = { width, height: count * height, channels: channels as 3 };
      const png = await sharp(images, { raw }).png().toBuffer();
      const poisonIds = chosen && [...chosen];
      const record = { key, sha256: digest(png, poisonIds), ...(poisonIds && { poisonIds }) };
      await writeJsonAtomic(`${path}.json`, record);
      await writeFileAtomic(`${path}.png`, png);
    },
  };
}

/** As hexadecimal digits. */
function digest(png: Uint8Array, poisonIds?: readonly number[]): string {
  const hash = createHash("sha256").update(png);
  return (poisonIds ? hash.update(poisonIds.join(" ")) : hash).digest("hex");
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

const damaged = (path: string, cause?: unknown): UserError =>
  new UserError(
    `The crafted images in ${path} are damaged.`,
    "Delete the file; they are then crafted again.",
    {
      cause,
    },
  );

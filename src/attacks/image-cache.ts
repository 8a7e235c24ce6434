import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { z } from "zod";
import { type ImageSize, imageBytes } from "../datasets/pixels.js";
import { UserError } from "../errors.js";
import { readJson, writeFileAtomic, writeJsonAtomic } from "../store/atomic-file.js";

/** Everything crafted images depend on. */
export type CacheKey = Readonly<Record<string, string | number>>;

const recordSchema = z.object({
  key: z.record(z.string(), z.union([z.string(), z.number()])),
  sha256: z.string(),
});

/**
 * Crafted images on disk: one PNG with the images below each other, and a record of what they depend on. The name
 * holds a hash of that, so images made under other settings are other files.
 */
export interface ImageCache {
  /** @returns uint8 [N, H, W, C]; undefined when not there @throws UserError when damaged */
  load(key: CacheKey, count: number, size: ImageSize): Promise<Uint8Array | undefined>;
  save(key: CacheKey, images: Uint8Array, size: ImageSize): Promise<void>;
}

/** @param stem readable start of the file names, e.g. "lc_CIFAR10" */
export function imageCache(folder: string, stem: string): ImageCache {
  const pathOf = (key: CacheKey) => join(folder, `${stem}_${sha256(JSON.stringify(key)).slice(0, 12)}`);
  return {
    async load(key, count, size) {
      const path = pathOf(key);
      const png = await readFile(`${path}.png`).catch(absent);
      if (png === undefined) return undefined;
      const record = recordSchema.safeParse(await readJson(`${path}.json`));
      if (!record.success || sha256(png) !== record.data.sha256) throw damaged(`${path}.png`);
      const raw = sharp(png, { limitInputPixels: count * size.height * size.width }).raw();
      const { data } = await raw.toBuffer({ resolveWithObject: true }).catch((cause: unknown) => {
        throw damaged(`${path}.png`, cause);
      });
      if (data.length !== count * imageBytes(size)) throw damaged(`${path}.png`);
      return new Uint8Array(data);
    },
    async save(key, images, size) {
      const path = pathOf(key);
      const { height, width, channels } = size;
      const count = images.length / imageBytes(size);
      const raw = { width, height: count * height, channels: channels as 3 };
      const png = await sharp(images, { raw }).png().toBuffer();
      await writeJsonAtomic(`${path}.json`, { key, sha256: sha256(png) });
      await writeFileAtomic(`${path}.png`, png);
    },
  };
}

const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

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

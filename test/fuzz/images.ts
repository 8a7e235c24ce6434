import { join } from "node:path";
import { decodeImage } from "../../src/datasets/decode-image.js";
import { fixtures } from "./fixtures.js";
import type { TargetFactory } from "./fuzz.js";
import { fileTarget } from "./pickles.js";

/** Of a folder's images. */
const limits = { formats: ["JPEG", "PNG", "WebP"], maxPixels: 1_000_000 } as const;

export const images: TargetFactory = async (folder) => {
  const names = ["colour.jpeg", "grey.jpeg", "tall-transparent.webp", "wide.png"];
  const seeds = await fixtures(...names.map((name) => `images/${name}`));
  return fileTarget(join(folder, "image"), seeds, (path) => decodeImage(path, limits));
};

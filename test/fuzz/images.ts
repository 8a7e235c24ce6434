import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "../../src/datasets/decode-image.js";
import { readSource } from "../../src/datasets/source-content.js";
import { FormatFault, UserError } from "../../src/errors.js";
import { fixtures } from "./fixtures.js";
import type { TargetFactory } from "./fuzz.js";
import { fileTarget } from "./pickles.js";

/** A file of every kind that is read. */
export const images: TargetFactory = async (folder) => {
  const names = await readdir(new URL("../fixtures/kinds", import.meta.url));
  const seeds = await fixtures(...names.sort().map((name) => `kinds/${name}`));
  return fileTarget(join(folder, "image"), seeds, async (path) =>
    decodeImage(await readSource(path), 1_000_000).catch((cause: unknown) => {
      if (!(cause instanceof FormatFault)) throw cause;
      throw new UserError(`${path} ${cause.message}.`, "Replace it.", { cause });
    }),
  );
};

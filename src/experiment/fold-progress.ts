import { rm, stat } from "node:fs/promises";
import { z } from "zod";
import { readJson, writeJsonAtomic } from "../files/atomic-file.js";
import { removeStalePartials } from "../files/partials.js";
import { sha256OfJson } from "../files/sha256.js";
import type { FoldMemory } from "../scoring/cross-validation.js";
import type { Manifest } from "../store/manifest.js";
import { programVersion } from "../version.js";
import type { StageContext } from "./context.js";

const schema = z.strictObject({
  /** Hash (hex) of all that the folds depend on. */
  of: z.string(),
  /** Hash (hex) of `folds` as JSON. */
  sha256: z.string(),
  /** float64, little-endian, in base64 */
  folds: z.record(z.string(), z.base64()),
});

/** The finished folds of a scoring, kept beside its result until that is there. */
export interface FoldProgress extends FoldMemory {
  remove(): Promise<void>;
}

/** What an interrupted scoring of the same increments left; with --force nothing. */
export async function openFoldProgress(context: StageContext, increments: Manifest): Promise<FoldProgress> {
  const { config, paths, reporter } = context;
  const file = paths.indexesToExclude.replace(/\.npy$/, ".progress.json");
  const { cvModel, groups, k2, globalSeed } = config;
  const of = sha256OfJson({ increments, cvModel, groups, k2, globalSeed, programVersion });
  const folds = config.force ? {} : await readFolds(file, of);
  const count = Object.keys(folds).length;
  if (count > 0) reporter.info(`score: going on after ${count} of ${2 * groups} folds`);
  return {
    get(name) {
      const bytes = Object.hasOwn(folds, name) ? Buffer.from(folds[name], "base64") : undefined;
      return bytes && new Float64Array(new Uint8Array(bytes).buffer);
    },
    async set(name, values) {
      folds[name] = Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
      await writeJsonAtomic(file, { of, sha256: sha256OfJson(folds), folds });
    },
    async remove() {
      await rm(file, { force: true });
      await removeStalePartials(file);
    },
  };
}

/** Folds of another scoring, or damaged ones, count as none: they cost minutes, and are made again. */
async function readFolds(file: string, of: string): Promise<Record<string, string>> {
  if ((await stat(file).catch(() => undefined)) === undefined) return {};
  const saved = schema.safeParse(await readJson(file).catch(() => undefined));
  const isOurs =
    saved.success && saved.data.of === of && saved.data.sha256 === sha256OfJson(saved.data.folds);
  return isOurs ? { ...saved.data.folds } : {};
}

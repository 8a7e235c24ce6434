import { rm } from "node:fs/promises";
import { z } from "zod";
import { readJson, writeJsonAtomic } from "../files/atomic-file.js";
import { exists } from "../files/exists.js";
import { removeStalePartials } from "../files/partials.js";
import { sha256OfJson } from "../files/sha256.js";
import type { Reporter } from "../reporter.js";
import type { FoldMemory } from "../scoring/cross-validation.js";
import { programVersion } from "../version.js";

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

interface FoldProgressOptions {
  /** Beside which the folds are kept. */
  readonly path: string;
  /** All that the folds depend on. */
  readonly dependsOn: Readonly<Record<string, string | number>>;
  /** Folds in all. */
  readonly total: number;
  /** Begin anew even where an interrupted scoring could go on. */
  readonly isForced: boolean;
  readonly reporter: Reporter;
}

/** What an interrupted scoring of the same left. */
export async function openFoldProgress(options: FoldProgressOptions): Promise<FoldProgress> {
  const file = options.path.replace(/\.\w+$/, ".progress.json");
  const of = sha256OfJson({ ...options.dependsOn, programVersion });
  const folds = options.isForced ? {} : await readFolds(file, of);
  const count = Object.keys(folds).length;
  if (count > 0) options.reporter.info(`score: going on after ${count} of ${options.total} folds`);
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
  if (!(await exists(file))) return {};
  const saved = schema.safeParse(await readJson(file).catch(() => undefined));
  const isOurs =
    saved.success && saved.data.of === of && saved.data.sha256 === sha256OfJson(saved.data.folds);
  return isOurs ? { ...saved.data.folds } : {};
}

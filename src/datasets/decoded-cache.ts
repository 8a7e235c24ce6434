import { createHash } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { FormatFault, UserError } from "../errors.js";
import { naming, readJson, writeFileAtomic } from "../files/atomic-file.js";
import { exists } from "../files/exists.js";
import { makeFolder } from "../files/make-folder.js";
import { mapConcurrently } from "../files/map-concurrently.js";
import { partialName, removeStalePartials } from "../files/partials.js";
import { sha256OfFile } from "../files/sha256.js";
import type { Reporter } from "../reporter.js";
import { decodeImage } from "./decode-image.js";
import { filePixels } from "./file-pixels.js";
import type { Pixels } from "./pixels.js";
import type { RgbImage } from "./rgb-image.js";
import type { SourceFile } from "./source-files.js";

/** Images decoded at a time, and written together. */
const CHUNK = 256;
/** Decodes that run at once; each may hold an image of full size. */
const CONCURRENT = 4;

/** Image files that are to become rows of one size. */
export interface DecodeTask {
  /** What the images are, for lines to the user. */
  readonly title: string;
  /** Path and start of the name of the two cache files, `.raw` and `.json`. */
  readonly cache: string;
  readonly root: string;
  /** Row i comes from file i. */
  readonly files: readonly SourceFile[];
  /** Kept in the record, for who reads that. */
  readonly classNames: readonly string[];
  /** Height and width of a row. */
  readonly side: number;
  readonly maxPixels: number;
  /** Says what `toRow` does: rows made in another way are made again. */
  readonly recipe: string;
  /** @returns uint8 [side, side, 3] @throws FormatFault when the image cannot be used */
  readonly toRow: (image: RgbImage) => Uint8Array;
}

interface Progress {
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

const indexSchema = z.object({ sources: z.string(), sha256: z.string() });

/**
 * The images of a task, read row by row from a cache file. They are decoded once; changed source files, another task or a
 * damaged cache have them decoded again.
 * @throws UserError naming the source file that cannot be used, or the place that cannot be written
 */
export async function decodedPixels(task: DecodeTask, progress: Progress): Promise<Pixels> {
  const raw = `${task.cache}.raw`;
  const sources = sourcesHash(task);
  if (!(await isCached(task, sources, progress.reporter))) {
    try {
      await makeFolder(path.dirname(raw));
      await removeStalePartials(raw);
      const sha256 = await decodeAll(task, raw, progress);
      const { side, recipe, classNames } = task;
      const paths = task.files.map((file) => file.path);
      const index = { sources, sha256, side, recipe, classNames, paths };
      await writeFileAtomic(`${task.cache}.json`, JSON.stringify(index));
    } catch (error) {
      if (error instanceof UserError || !(error instanceof Error && "code" in error)) throw error;
      throw new UserError(
        `Cannot write the decoded images to ${raw} (${error.code}).`,
        "The folder must be writable and have room for them.",
        { cause: error },
      );
    }
  }
  return filePixels(raw, { height: task.side, width: task.side, channels: 3 });
}

/** SHA-256 over all that the rows depend on; the files count with size and time instead of content. */
function sourcesHash({ files, side, recipe }: DecodeTask): string {
  const hash = createHash("sha256").update(JSON.stringify([side, recipe]));
  for (const file of files) hash.update(JSON.stringify([file.path, file.bytes, file.modified]));
  return hash.digest("hex");
}

async function isCached(task: DecodeTask, sources: string, reporter: Reporter): Promise<boolean> {
  const raw = `${task.cache}.raw`;
  if (!(await exists(raw))) return false;
  const index = indexSchema.safeParse(await readJson(`${task.cache}.json`).catch(() => undefined));
  if (index.success && index.data.sources !== sources) {
    reporter.info(`${raw} is of other files: decoding ${task.title} again.`);
    return false;
  }
  if (index.success && index.data.sha256 === (await sha256OfFile(raw))) return true;
  reporter.warn(`${raw} is damaged: decoding ${task.title} again.`);
  return false;
}

/** @returns the SHA-256 of what was written */
async function decodeAll(task: DecodeTask, raw: string, { reporter, signal }: Progress): Promise<string> {
  const { files } = task;
  const partial = partialName(raw);
  const hash = createHash("sha256");
  const bar = reporter.progress(`Decoding ${task.title}`, files.length);
  try {
    const target = await open(partial, "wx");
    try {
      for (let start = 0; start < files.length; start += CHUNK) {
        signal?.throwIfAborted();
        const chunk = files.slice(start, start + CHUNK);
        const rows = await mapConcurrently(chunk, CONCURRENT, (file) => rowOf(task, file));
        const bytes = Buffer.concat(rows);
        hash.update(bytes);
        await target.appendFile(bytes);
        bar.update(start + chunk.length);
      }
      await target.sync();
    } finally {
      await target.close();
    }
    await rename(partial, raw);
  } catch (error) {
    await rm(partial, { force: true });
    throw naming(raw, error);
  } finally {
    bar.stop();
  }
  return hash.digest("hex");
}

/** @returns uint8 [side, side, 3] */
async function rowOf({ root, toRow, maxPixels }: DecodeTask, file: SourceFile): Promise<Uint8Array> {
  const full = path.join(root, file.path);
  try {
    return toRow(await decodeImage(full, maxPixels));
  } catch (cause) {
    if (!(cause instanceof FormatFault)) throw cause;
    throw new UserError(`${full} ${cause.message}.`, "Replace it, or put it elsewhere.", { cause });
  }
}

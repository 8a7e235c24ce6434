import { createHash } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { FormatFault, UserError } from "../errors.js";
import { naming, readJson, writeFileAtomic } from "../files/atomic-file.js";
import { exists } from "../files/exists.js";
import { makeOnce } from "../files/make-once.js";
import { mapConcurrently } from "../files/map-concurrently.js";
import { partialName, removeStalePartials } from "../files/partials.js";
import { sha256Of, sha256OfFile } from "../files/sha256.js";
import type { Reporter } from "../reporter.js";
import { decodeImage } from "./decode-image.js";
import { filePixels } from "./file-pixels.js";
import type { Pixels } from "./pixels.js";
import type { RgbImage } from "./rgb-image.js";
import { contentHash, hashContent, identityOf, readSource } from "./source-content.js";
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

const indexSchema = z.object({
  /** See `contentHash`. */
  content: z.string(),
  /** See `identityOf`; null where it told nothing yet. */
  identity: z.string().nullable(),
  /** Of the rows. */
  sha256: z.string(),
});
type Index = z.infer<typeof indexSchema>;

/**
 * The images of a task, read row by row from a cache file. They are decoded once, by one of several processes that ask for
 * them; changed source files, another task or a damaged cache have them decoded again.
 * @throws UserError naming the source file that cannot be used, or the place that cannot be written
 */
export async function decodedPixels(task: DecodeTask, progress: Progress): Promise<Pixels> {
  const raw = `${task.cache}.raw`;
  const cache = decodedCache(task, progress);
  try {
    await makeOnce(raw, cache.find, cache.make, progress);
  } catch (error) {
    progress.signal?.throwIfAborted();
    if (error instanceof UserError || !(error instanceof Error && "code" in error)) throw error;
    throw new UserError(
      `Cannot write the decoded images to ${raw} (${error.code}).`,
      "The folder must be writable and have room for them.",
      { cause: error },
    );
  }
  return filePixels(raw, { height: task.side, width: task.side, channels: 3 });
}

/** The two files, the rows and what they were made from. */
function decodedCache(task: DecodeTask, progress: Progress) {
  const raw = `${task.cache}.raw`;
  const json = `${task.cache}.json`;
  const identity = identityOf(task.files, recipeOf(task));
  const { reporter } = progress;
  let content: string | undefined;
  /** Why there is nothing to be found, unless it was never there. */
  let reason = () => {};

  const isOfTheseFiles = async (index: Index): Promise<boolean> => {
    if (identity !== undefined && identity === index.identity) return true;
    content ??= await contentOf(task, progress);
    return content === index.content;
  };
  return {
    async find(): Promise<true | undefined> {
      if (!(await exists(raw))) return undefined;
      const index = indexSchema.safeParse(await readJson(json).catch(() => undefined));
      reason = () => reporter.warn(`${raw} is damaged: decoding ${task.title} again.`);
      if (!index.success) return undefined;
      if (!(await isOfTheseFiles(index.data))) {
        reason = () => reporter.info(`${raw} is of other files: decoding ${task.title} again.`);
        return undefined;
      }
      if (index.data.sha256 !== (await sha256OfFile(raw))) return undefined;
      if (identity !== undefined && identity !== index.data.identity)
        await writeIndex(task, json, { ...index.data, identity }).catch(() => undefined);
      return true;
    },
    async make(): Promise<true> {
      reason();
      await removeStalePartials(raw);
      const decoded = await decodeAll(task, raw, progress);
      await writeIndex(task, json, { ...decoded, identity: identity ?? null });
      return true;
    },
  };
}

const recipeOf = ({ side, recipe }: DecodeTask) => [side, recipe];

async function contentOf(task: DecodeTask, { reporter, signal }: Progress): Promise<string> {
  const { root, files, title } = task;
  const bar = reporter.progress(`Comparing ${title} with what was decoded`, files.length);
  try {
    return await hashContent(root, files, contentHash(recipeOf(task)), { bar, ...(signal && { signal }) });
  } finally {
    bar.stop();
  }
}

const writeIndex = (
  { side, recipe, classNames, files }: DecodeTask,
  json: string,
  index: Index,
): Promise<void> =>
  writeFileAtomic(
    json,
    JSON.stringify({ ...index, side, recipe, classNames, paths: files.map((file) => file.path) }),
  );

/** Writes the rows. What is hashed of a source file are the bytes that were decoded. */
async function decodeAll(
  task: DecodeTask,
  raw: string,
  { reporter, signal }: Progress,
): Promise<Pick<Index, "content" | "sha256">> {
  const { files } = task;
  const partial = partialName(raw);
  const hash = createHash("sha256");
  const content = contentHash(recipeOf(task));
  const bar = reporter.progress(`Decoding ${task.title}`, files.length);
  try {
    const target = await open(partial, "wx");
    try {
      for (let start = 0; start < files.length; start += CHUNK) {
        signal?.throwIfAborted();
        const chunk = files.slice(start, start + CHUNK);
        const rows = await mapConcurrently(chunk, CONCURRENT, (file) => rowOf(task, file));
        rows.forEach(({ sha256 }, i) => {
          content.add(chunk[i], sha256);
        });
        const bytes = Buffer.concat(rows.map(({ row }) => row));
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
  return { content: content.digest(), sha256: hash.digest("hex") };
}

interface DecodedRow {
  /** uint8 [side, side, 3] */
  readonly row: Uint8Array;
  /** Of the source file. */
  readonly sha256: string;
}

async function rowOf({ root, toRow, maxPixels }: DecodeTask, file: SourceFile): Promise<DecodedRow> {
  const full = path.join(root, file.path);
  const bytes = await readSource(full);
  try {
    return { row: toRow(await decodeImage(bytes, maxPixels)), sha256: sha256Of(bytes) };
  } catch (cause) {
    if (!(cause instanceof FormatFault)) throw cause;
    throw new UserError(`${full} ${cause.message}.`, "Replace it, or put it elsewhere.", { cause });
  }
}

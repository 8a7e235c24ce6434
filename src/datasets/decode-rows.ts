import { createHash } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { FormatFault } from "../errors.js";
import { naming } from "../files/atomic-file.js";
import { mapConcurrently } from "../files/map-concurrently.js";
import { partialName } from "../files/partials.js";
import { sha256Of } from "../files/sha256.js";
import { refusal } from "./bad-files.js";
import { decodeImage } from "./decode-image.js";
import { type Decoding, type Progress, recipeOf } from "./decode-task.js";
import type { BadFile } from "./list-images.js";
import { contentHash, readSource } from "./source-content.js";
import type { SourceFile } from "./source-files.js";

/** Pixels of the largest image that is decoded. */
const MAX_PIXELS = 50_000_000;
/** Images decoded at a time, and written together. */
const CHUNK = 256;
/** Decodes that run at once; each may hold an image of full size. */
const CONCURRENT = 4;

interface DecodedRows {
  /** See `contentHash`. */
  readonly content: string;
  /** Of the rows. */
  readonly sha256: string;
  /** What could not be decoded. */
  readonly skipped: BadFile[];
}

/**
 * Decodes the files of a task to the rows of a file that appears when it is complete. What is hashed of a source file are the
 * bytes that were decoded.
 * @throws UserError naming a file that cannot be used, where such files are not skipped
 */
export async function decodeRows(
  task: Decoding,
  raw: string,
  { reporter, signal }: Progress,
): Promise<DecodedRows> {
  const { files } = task;
  const partial = partialName(raw);
  const hash = createHash("sha256");
  const content = contentHash(recipeOf(task));
  const skipped: BadFile[] = [];
  const bar = reporter.progress(`Decoding ${task.title}`, files.length);
  try {
    const target = await open(partial, "wx");
    try {
      for (let start = 0; start < files.length; start += CHUNK) {
        signal?.throwIfAborted();
        const chunk = files.slice(start, start + CHUNK);
        const results = await mapConcurrently(chunk, CONCURRENT, (file) => decodeOne(task, file));
        const rows: Uint8Array[] = [];
        for (const [i, { row, sha256 }] of results.entries()) {
          content.add(chunk[i], sha256);
          if (row instanceof Uint8Array) rows.push(row);
          else skipped.push(row);
        }
        const bytes = Buffer.concat(rows);
        hash.update(bytes);
        await target.appendFile(bytes);
        bar.update(start + chunk.length);
      }
      task.check(skipped);
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
  return { content: content.digest(), sha256: hash.digest("hex"), skipped };
}

interface DecodedFile {
  /** uint8 [side, side, 3], or what is wrong with a file that is skipped. */
  readonly row: Uint8Array | BadFile;
  /** Of the source file. */
  readonly sha256: string;
}

async function decodeOne(
  { root, container, toRow, onBadImage }: Decoding,
  file: SourceFile,
): Promise<DecodedFile> {
  const bytes = await (container?.read(file) ?? readSource(path.join(root, file.path)));
  const sha256 = sha256Of(bytes);
  try {
    return { row: toRow(await decodeImage(bytes, MAX_PIXELS)), sha256 };
  } catch (cause) {
    if (!(cause instanceof FormatFault)) throw cause;
    const bad = { path: file.path, reason: cause.message };
    if (onBadImage === "error") throw refusal(root, [bad], cause);
    return { row: bad, sha256 };
  }
}

import type { FileHandle } from "node:fs/promises";
import { PassThrough, type Readable } from "node:stream";
import { createInflateRaw } from "node:zlib";
import { messageOf } from "../errors.js";
import { openRegularFile } from "./regular-file.js";
import { findZipData, readZipDirectory, type ZipEntry } from "./zip-directory.js";

/** The files of a zip archive. @throws Error, naming the archive, when it is none or damaged */
export const readZipEntries = (archive: string): Promise<ZipEntry[]> =>
  withArchive(archive, readZipDirectory);

/** Streams the unpacked bytes of one entry, at the full speed of zlib. */
export async function openZipEntry(archive: string, entry: ZipEntry): Promise<Readable> {
  if (entry.method !== 0 && entry.method !== 8)
    throw new Error(`${entry.name}: unknown zip method ${entry.method}`);
  const start = await withArchive(archive, (file) => findZipData(file, entry));
  const decoder = entry.method === 8 ? createInflateRaw({ chunkSize: 1 << 18 }) : new PassThrough();
  if (entry.compressedSize === 0) return decoder.end();
  const packed = (await openRegularFile(archive)).createReadStream({
    start,
    end: start + entry.compressedSize - 1,
    highWaterMark: 1 << 20,
  });
  packed.on("error", (error) => decoder.destroy(error));
  decoder.on("close", () => packed.destroy());
  return packed.pipe(decoder);
}

async function withArchive<T>(archive: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openRegularFile(archive);
  try {
    return await use(file);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new Error(`${archive} cannot be unpacked: ${reason}`, { cause });
  } finally {
    await file.close();
  }
}

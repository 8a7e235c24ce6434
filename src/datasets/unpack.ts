import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type Extract, extract, type Header } from "tar-stream";
import { FormatFault } from "../pickle/byte-reader.js";

interface UnpackOptions {
  /** The one folder that the archive holds. */
  readonly folder: string;
  /** The files of that folder to unpack; all must be there. */
  readonly files: readonly string[];
  /** Files of that folder that may be there and are left out. */
  readonly ignored: readonly string[];
  /** Limit for all unpacked bytes together. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** Stops a stream that gets longer than `maxBytes`. */
function limitTo(maxBytes: number): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.length;
      if (total > maxBytes) done(new FormatFault(`it unpacks to more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}

/** The bare name of an entry that may be unpacked or left out; undefined for the folder itself. */
function permittedName(
  { name, type, size }: Header,
  { folder, files, ignored }: UnpackOptions,
): string | undefined {
  // tar-stream waits for ever for the end of an entry whose size it could not read.
  if (!Number.isSafeInteger(size)) throw new FormatFault(`it does not say how long "${name}" is`);
  if (type === "directory" && name.replace(/\/$/, "") === folder) return undefined;
  const bare = [...files, ...ignored].find((file) => name === `${folder}/${file}`);
  if (type !== "file" || bare === undefined)
    throw new FormatFault(`it holds the unexpected ${type} "${name}"`);
  return bare;
}

/**
 * Unpacks the named files of a .tar.gz to `{parent}/{folder}`. Anything unexpected in it (other names, links, paths
 * that lead elsewhere) refuses the whole archive, and the folder appears only when it is complete.
 * @throws FormatFault when the archive is not as `options` say, Error when it cannot be read or written
 */
export async function unpack(archive: string, parent: string, options: UnpackOptions): Promise<void> {
  const temporary = await mkdtemp(path.join(parent, `.${options.folder}-`));
  try {
    const entries = extract();
    const { maxBytes, signal } = options;
    const reading = pipeline(createReadStream(archive), createGunzip(), limitTo(maxBytes), entries, {
      signal,
    });
    const [read, written] = await Promise.allSettled([reading, writeEntries(entries, temporary, options)]);
    for (const outcome of [written, read]) if (outcome.status === "rejected") throw outcome.reason;
    await rename(temporary, path.join(parent, options.folder));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function writeEntries(entries: Extract, directory: string, options: UnpackOptions): Promise<void> {
  const seen = new Set<string>();
  for await (const entry of entries) {
    const name = permittedName(entry.header, options);
    if (name !== undefined && seen.has(name)) throw new FormatFault(`it holds "${name}" twice`);
    if (name !== undefined) seen.add(name);
    if (name !== undefined && options.files.includes(name)) {
      await pipeline(entry, createWriteStream(path.join(directory, name), { flags: "wx" }));
    } else {
      entry.resume();
    }
  }
  const missing = options.files.filter((file) => !seen.has(file));
  if (missing.length > 0) throw new FormatFault(`it lacks ${missing.join(", ")}`);
}

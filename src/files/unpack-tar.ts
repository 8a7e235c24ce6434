import { createWriteStream } from "node:fs";
import { symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type Extract, extract, type Header } from "tar-stream";
import { FormatFault } from "../errors.js";
import { writeFolderAtomic } from "./atomic-folder.js";
import { makeFolder } from "./make-folder.js";
import { openRegularFile } from "./regular-file.js";
import { safePath } from "./safe-path.js";

export type TarEntry = Header;

interface UnpackLimits {
  /** For all unpacked bytes together. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** Where an entry goes, relative to the target folder; undefined leaves it out; it may throw to refuse the archive. */
type PlaceOf = (entry: TarEntry) => string | undefined;

/**
 * Unpacks files, and links to files beside them, of a .tar.gz.
 * @param targetDir a folder of its own: nothing but the archive's entries may be in it
 * @throws FormatFault for a place outside of the folder or taken twice, for what is neither file nor such a link, and for too
 * many bytes; Error when the archive cannot be read or written
 */
export async function unpackTar(
  archive: string,
  targetDir: string,
  placeOf: PlaceOf,
  { maxBytes, signal }: UnpackLimits,
): Promise<void> {
  const file = await openRegularFile(archive);
  const entries = extract();
  const stop = new AbortController();
  const reading = pipeline(file.createReadStream(), createGunzip(), limitTo(maxBytes), entries, { signal });
  // An entry that is destroyed while nothing listens to it would be waited for without end.
  reading.catch((error: unknown) => stop.abort(error));
  const both = [reading, writeEntries(entries, targetDir, placeOf, stop.signal)];
  await Promise.all(both).finally(() => Promise.allSettled(both));
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

async function writeEntries(
  entries: Extract,
  targetDir: string,
  placeOf: PlaceOf,
  signal: AbortSignal,
): Promise<void> {
  const taken = new Set<string>();
  for await (const entry of entries) {
    const { name, type, size, linkname } = entry.header;
    // tar-stream waits for ever for the end of an entry whose size it could not read.
    if (!Number.isSafeInteger(size)) throw new FormatFault(`it does not say how long "${name}" is`);
    const place = placeOf(entry.header);
    if (place === undefined) {
      entry.resume();
      continue;
    }
    const path = safePath(targetDir, place);
    if (taken.has(path)) throw new FormatFault(`it holds "${name}" twice`);
    taken.add(path);
    await makeFolder(dirname(path));
    if (type === "symlink") {
      if (!linkname || basename(linkname) !== linkname || linkname === "..")
        throw new FormatFault(`it holds a link out of its folder: ${name} -> ${linkname}`);
      await symlink(linkname, path);
      entry.resume();
    } else if (type === "file" || type === "contiguous-file") {
      await pipeline(entry, createWriteStream(path, { flags: "wx" }), { signal });
    } else {
      throw new FormatFault(`it holds a ${type} named ${name}`);
    }
  }
}

interface TarFolder extends UnpackLimits {
  /** The one folder that the archive holds. */
  readonly folder: string;
  /** The files of that folder to unpack; all must be there. */
  readonly files: readonly string[];
  /** Files of that folder that may be there and are left out. */
  readonly ignored: readonly string[];
}

/**
 * Unpacks the named files of a .tar.gz to `{parent}/{folder}`. Anything unexpected in it (other names, links, paths
 * that lead elsewhere) refuses the whole archive, and the folder appears only when it is complete.
 * @throws FormatFault when the archive is not as `options` say, Error when it cannot be read or written
 */
export async function unpackTarFolder(archive: string, parent: string, options: TarFolder): Promise<void> {
  const seen = new Set<string>();
  const placeOf = (entry: TarEntry): string | undefined => {
    const name = permittedName(entry, options);
    if (name === undefined) return undefined;
    if (seen.has(name)) throw new FormatFault(`it holds "${name}" twice`);
    seen.add(name);
    return options.files.includes(name) ? name : undefined;
  };
  await writeFolderAtomic(join(parent, options.folder), async (partial) => {
    await unpackTar(archive, partial, placeOf, options);
    const missing = options.files.filter((file) => !seen.has(file));
    if (missing.length > 0) throw new FormatFault(`it lacks ${missing.join(", ")}`);
  });
}

/** The bare name of an entry that may be unpacked or left out; undefined for the folder itself. */
function permittedName({ name, type }: TarEntry, { folder, files, ignored }: TarFolder): string | undefined {
  if (type === "directory" && name.replace(/\/$/, "") === folder) return undefined;
  const bare = [...files, ...ignored].find((file) => name === `${folder}/${file}`);
  if (type !== "file" || bare === undefined)
    throw new FormatFault(`it holds the unexpected ${type} "${name}"`);
  return bare;
}

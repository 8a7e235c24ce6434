import { createWriteStream } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import tar from "tar-stream";
import { safePath } from "./safe-path.js";

/**
 * Unpacks files and same-folder links of a .tar.gz.
 * @param placeOf where a member goes, relative to `targetDir`; undefined leaves it out
 * @throws Error for an unsafe name, a link that leaves its folder, or a damaged archive
 */
export async function unpackArchive(
  archive: Readable,
  targetDir: string,
  placeOf: (name: string) => string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const extract = tar.extract();
  const reading = pipeline(archive, createGunzip(), extract, { signal });
  // A failure of `reading` destroys `extract`, which ends the loop with the same error; it is awaited below.
  reading.catch(() => {});
  for await (const entry of extract) {
    const { name, type, linkname, size } = entry.header;
    // tar-stream waits for ever for the end of an entry whose size it could not read.
    if (!Number.isSafeInteger(size)) throw new Error(`The archive does not say how long ${name} is`);
    const plainName = name.replace(/^(\.\/)+/, "").replace(/\/$/, "");
    if (plainName !== "" && plainName !== ".") safePath(targetDir, plainName);
    const place = type === "directory" ? undefined : placeOf(plainName);
    if (place === undefined) {
      entry.resume();
      continue;
    }
    const path = safePath(targetDir, place);
    await mkdir(dirname(path), { recursive: true });
    if (type === "symlink") {
      if (linkname === undefined || basename(linkname) !== linkname) {
        throw new Error(`The archive holds a link out of its folder: ${name} -> ${linkname}`);
      }
      await symlink(linkname, path);
      entry.resume();
    } else if (type === "file" || type === "contiguous-file") {
      await pipeline(entry, createWriteStream(path), { signal });
    } else {
      throw new Error(`The archive holds a ${type} named ${name}`);
    }
  }
  await reading;
}

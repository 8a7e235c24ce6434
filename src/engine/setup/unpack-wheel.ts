import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { safePath } from "../../files/safe-path.js";
import type { ZipEntry } from "../../files/zip-directory.js";
import { openZipEntry, readZipEntries } from "../../files/zip-stream.js";
import type { Reporter } from "../../reporter.js";

/**
 * Unpacks members of a Python wheel and checks each against the hash in the wheel's RECORD.
 * @param placeOf where a member goes, relative to `targetDir`; undefined leaves it out
 * @returns how many files were written
 * @throws Error for an unsafe name, a damaged archive, or a file that differs from its recorded hash
 */
export async function unpackWheel(
  wheel: string,
  targetDir: string,
  placeOf: (name: string) => string | undefined,
  { reporter, signal }: { readonly reporter: Reporter; readonly signal?: AbortSignal },
): Promise<number> {
  const entries = await readZipEntries(wheel);
  const hashes = await readRecord(wheel, entries);
  const wanted = entries.flatMap((entry) => {
    if (entry.name.endsWith("/")) return [];
    safePath(targetDir, entry.name);
    const place = placeOf(entry.name);
    return place === undefined ? [] : [{ entry, path: safePath(targetDir, place) }];
  });
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const total = wanted.reduce((sum, { entry }) => sum + entry.size, 0);
  const progress = reporter.progress("unpacking (MB)", megabytes(total));
  let done = 0;
  try {
    for (const { entry, path } of wanted) {
      await mkdir(dirname(path), { recursive: true });
      const hash = createHash("sha256");
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, next) {
          hash.update(chunk);
          done += chunk.length;
          progress.update(megabytes(done));
          next(null, chunk);
        },
      });
      await pipeline(await openZipEntry(wheel, entry), meter, createWriteStream(path), { signal });
      if (hash.digest("base64url") !== hashes.get(entry.name)) {
        throw new Error(`${entry.name} differs from the hash recorded in ${wheel}`);
      }
    }
  } finally {
    progress.stop();
  }
  return wanted.length;
}

/** The text of the first member whose name ends with `suffix`. */
export async function readWheelText(wheel: string, suffix: string, entries?: ZipEntry[]): Promise<string> {
  const entry = (entries ?? (await readZipEntries(wheel))).find(({ name }) => name.endsWith(suffix));
  if (entry === undefined) throw new Error(`${wheel} is not a Python wheel: it has no ${suffix}`);
  return text(await openZipEntry(wheel, entry));
}

/** Lines of RECORD are `name,sha256=…,bytes`; the hash is base64url without padding. */
async function readRecord(wheel: string, entries: ZipEntry[]): Promise<Map<string, string>> {
  const record = await readWheelText(wheel, ".dist-info/RECORD", entries);
  const lines = [...record.matchAll(/^"?([^"\n]+?)"?,sha256=([\w-]+),\d*\r?$/gm)];
  return new Map(lines.map(([, name = "", hash = ""]) => [name, hash]));
}

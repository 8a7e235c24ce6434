import { createReadStream } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { Unzip, UnzipInflate } from "fflate";
import type { Reporter } from "../reporter.js";
import { writeFolderAtomic } from "./atomic-folder.js";
import { makeFolder } from "./make-folder.js";
import { mapConcurrently } from "./map-concurrently.js";

interface ZipFolder {
  /** Of what is unpacked, for a line to the user. */
  readonly title: string;
  /** The one folder that the archive holds. */
  readonly folder: string;
  /** The paths in that folder to unpack; others are left out. It must leave no way out of the folder. */
  readonly wanted: RegExp;
  /** Limit for all unpacked bytes together. */
  readonly maxBytes: number;
  /** Limit for the unpacked bytes of one file, of which all are held in memory. */
  readonly maxFileBytes: number;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** For every file in a piece the library calls itself: a thousand of the smallest leave room on the stack. */
const pieceBytes = 1 << 15;

interface Unpacked {
  /** Within the folder. */
  readonly path: string;
  readonly content: Uint8Array;
}

/**
 * Unpacks the wanted small files of a zip archive to `{parent}/{folder}`, in one pass over an archive of any number of files.
 * Its hash must have been checked: checksums in it are not. The folder appears only when all is unpacked.
 * @throws Error when it is no archive of that folder, is cut short or larger than allowed, or has a file twice
 */
export async function unpackZipFolder(archive: string, parent: string, options: ZipFolder): Promise<void> {
  await writeFolderAtomic(path.join(parent, options.folder), async (partial) => {
    const count = await unpackInto(partial, archive, options);
    if (count === 0) throw new Error(`${archive} holds nothing of ${options.folder}`);
  });
}

/** @returns how many files were written */
async function unpackInto(directory: string, archive: string, options: ZipFolder): Promise<number> {
  const { reporter, signal, title } = options;
  const bar = reporter.progress(`Unpacking ${title}`, (await stat(archive)).size);
  const folders = new Set<string>();
  const reader = zipReader(options);
  let [done, count] = [0, 0];
  const write = async ({ path: name, content }: Unpacked) => {
    const file = path.join(directory, name);
    await writeFile(file, content, { flag: "wx" });
  };
  try {
    for await (const chunk of createReadStream(archive, { highWaterMark: 1 << 18 })) {
      signal?.throwIfAborted();
      const files = reader.push(chunk);
      for (const folder of new Set(files.map((file) => path.dirname(file.path)))) {
        if (folders.has(folder)) continue;
        await makeFolder(path.join(directory, folder));
        folders.add(folder);
      }
      await mapConcurrently(files, 16, write);
      count += files.length;
      done += chunk.length;
      bar.update(done);
    }
  } finally {
    bar.stop();
  }
  if (reader.openFiles() > 0) throw new Error(`${archive} is cut short`);
  return count;
}

/** Gives the wanted files that each piece of the archive completes. */
function zipReader({ folder, wanted, maxBytes, maxFileBytes }: ZipFolder) {
  let complete: Unpacked[] = [];
  let open = 0;
  let total = 0;
  const unzip = new Unzip((file) => {
    const name = file.name.startsWith(`${folder}/`) ? file.name.slice(folder.length + 1) : "";
    const isWanted = wanted.test(name);
    const parts: Uint8Array[] = [];
    let size = 0;
    open++;
    file.ondata = (error, part, isLast) => {
      if (error !== null) throw error;
      total += part.length;
      size += part.length;
      if (total > maxBytes) throw new Error(`it unpacks to more than ${maxBytes} bytes`);
      if (size > maxFileBytes) throw new Error(`a file in it unpacks to more than ${maxFileBytes} bytes`);
      if (isWanted) parts.push(part.slice());
      if (!isLast) return;
      open--;
      if (isWanted) complete.push({ path: name, content: Buffer.concat(parts) });
    };
    // Unwanted files are unpacked too: what is not started is kept in memory.
    file.start();
  });
  unzip.register(UnzipInflate);
  return {
    push(chunk: Uint8Array): Unpacked[] {
      for (let at = 0; at < chunk.length; at += pieceBytes) unzip.push(chunk.subarray(at, at + pieceBytes));
      const files = complete;
      complete = [];
      return files;
    },
    openFiles: () => open,
  };
}

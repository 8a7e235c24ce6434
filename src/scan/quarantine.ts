import { constants, copyFile, lstat, open, rename, rm, unlink, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { FormatFault, UserError } from "../errors.js";
import { follow, lookInside } from "../files/inside.js";
import { readJsonLines } from "../files/json-lines.js";
import { whileLocked } from "../files/lock.js";
import { makeFolder } from "../files/make-folder.js";
import { partialName, removeStalePartials } from "../files/partials.js";
import { safePath } from "../files/safe-path.js";
import { sha256OfFile } from "../files/sha256.js";
import { shownPath } from "../files/shown-path.js";
import { counted } from "../format.js";

/** An image that a scan has flagged: where it was in the data, and what was looked at. */
export interface Flagged {
  /** Below the data's folder, with "/". */
  readonly file: string;
  readonly sha256: string;
  /** false: it is a part of another file, and `file` says which. */
  readonly isOwnFile: boolean;
}

/** Images flagged, a JSON object a line; in the folder of the scan. */
export const flaggedFile = "quarantine.jsonl";
/** Below the same folder: images in quarantine, at the paths they had in the data. */
export const quarantineFolder = "quarantine";

/** What became of the flagged images. */
export interface Moved {
  readonly moved: number;
  /** Were where they should go before. */
  readonly thereAlready: number;
  /** Of those that stayed, path and reason. */
  readonly left: readonly string[];
}

/**
 * Moves what a scan has flagged out of the data into the scan's folder, or back. Nothing is overwritten and nothing deleted; an image that
 * is not the one that was looked at stays. Repeated after an interruption, it goes on.
 * @param scan the folder of a scan's results
 * @param isUndone true: back into the data
 * @throws UserError when the scan has left no list, or a damaged one, and when no image of it is where it could be moved from or to
 */
export async function quarantine(data: string, scan: string, isUndone: boolean): Promise<Moved> {
  const flagged = await readFlagged(join(scan, flaggedFile));
  if (flagged.length === 0) return { moved: 0, thereAlready: 0, left: [] };
  return whileLocked(join(scan, "scan"), async () => {
    const [dataRoot, scanRoot] = [(await lookInside(data, ".")).path, (await lookInside(scan, ".")).path];
    await makeFolder(join(scanRoot, quarantineFolder));
    const keptRoot = (await follow(scanRoot, quarantineFolder)).path;
    const [from, to] = isUndone ? [keptRoot, dataRoot] : [dataRoot, keptRoot];
    let [moved, thereAlready] = [0, 0];
    const left: string[] = [];
    let missing = 0;
    for (const image of flagged) {
      try {
        if (await moveImage(image, from, to)) moved++;
        else thereAlready++;
      } catch (error) {
        if (!(error instanceof FormatFault)) throw error;
        left.push(`${image.file} ${error.message}`);
        if (error instanceof MissingImage) missing++;
      }
    }
    if (missing === flagged.length)
      throw new UserError(
        `Of ${counted(missing, "flagged image", "flagged images")} none is in ${shownPath(isUndone ? join(scan, quarantineFolder) : data)}.`,
        `Name the folder that was scanned, and with --scan the one of its results: ${shownPath(scan)} is taken.`,
      );
    return { moved, thereAlready, left };
  });
}

/** Neither here nor there. */
class MissingImage extends FormatFault {}

/** @returns whether it was moved now @throws FormatFault that says after its name why it stays */
async function moveImage({ file, sha256, isOwnFile }: Flagged, from: string, to: string): Promise<boolean> {
  if (!isOwnFile)
    throw new FormatFault("is a part of a file, which is left whole: train on what clean.txt names");
  const target = join(to, file);
  const source = await kindAt(join(from, file));
  const present = await kindAt(target);
  if (present === "file" && source === undefined && (await sha256OfFile(target)) === sha256) return false;
  if (source === undefined) throw new MissingImage("is not there");
  // Moving what a link leads to would take an image that was not flagged under this name.
  if (source !== "file") throw new FormatFault("is not a file of its own");
  if (present !== undefined) throw new FormatFault(`would replace ${target}`);
  const place = await follow(from, dirname(file));
  const path = join(place.path, basename(file));
  if ((await sha256OfFile(path)) !== sha256) throw new FormatFault("is another image than the one scanned");
  await makeFolder(dirname(target));
  const targetPlace = await follow(to, dirname(file));
  await moveFile(path, join(targetPlace.path, basename(file)));
  return true;
}

const kindAt = (path: string): Promise<"file" | "other" | undefined> =>
  lstat(path).then(
    (info) => (info.isFile() ? "file" : "other"),
    () => undefined,
  );

async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    // Another file system.
    if (!(error instanceof Error && "code" in error && error.code === "EXDEV")) throw error;
    await copyWhole(from, to);
    await unlink(from);
  }
}

/** The copy has its name, and is on the disk, only when it is whole: the original is removed next. */
async function copyWhole(from: string, to: string): Promise<void> {
  await removeStalePartials(to);
  const partial = partialName(to);
  try {
    await copyFile(from, partial, constants.COPYFILE_EXCL);
    const { atime, mtime } = await lstat(from);
    await utimes(partial, atime, mtime);
    const copy = await open(partial);
    await copy.sync().finally(() => copy.close());
    await rename(partial, to);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

const line = z.object({
  file: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  isOwnFile: z.boolean().default(true),
});

const readFlagged = (path: string): Promise<Flagged[]> =>
  readJsonLines(
    path,
    (value) => {
      const flagged = line.parse(value);
      safePath("", flagged.file);
      return flagged;
    },
    {
      expected: "a file name with its SHA-256",
      hint: "Name with --scan the folder that a scan of this version was told with --out.",
    },
  );

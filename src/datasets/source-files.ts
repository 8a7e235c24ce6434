import { lstatSync, type Stats } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { UserError } from "../errors.js";

/** An image file of a folder, and what tells, without reading it, that it is still the same. */
export interface SourceFile {
  /** From the folder's root. */
  readonly path: string;
  readonly bytes: number;
  /** Time of the last change of its content, ms. */
  readonly modified: number;
  /** Time of the last change of its content or of anything else about it, ms. */
  readonly changed: number;
  /** The file system's number of it. */
  readonly inode: number;
}

/**
 * What lies at a path below `root`. A link is followed only to what lies below `root` too.
 * @param root absolute and itself free of links
 * @throws UserError for a link that leads elsewhere, and for what is not there
 */
export async function statInside(root: string, relative: string): Promise<Stats> {
  const full = path.join(root, relative);
  try {
    const own = await lstat(full);
    if (!own.isSymbolicLink()) return own;
    const target = await realpath(full);
    if (target.startsWith(root + path.sep)) return await stat(target);
    throw new UserError(
      `${full} is a link to ${target}, outside ${root}.`,
      "Put the file itself there, or remove the link.",
    );
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot read ${full}.`, "Check that it is there and readable.", { cause: error });
  }
}

/** Folders and other entries of a folder below `root`, each sorted; hidden ones are left out. */
export async function listInside(
  root: string,
  relative: string,
): Promise<{ readonly folders: string[]; readonly others: string[] }> {
  const full = path.join(root, relative);
  if (!(await statInside(root, relative)).isDirectory())
    throw new UserError(`${full} is no folder.`, "Replace it by the folder that belongs there.");
  const entries = await readdir(full, { withFileTypes: true }).catch((cause: unknown) => {
    throw new UserError(`Cannot look into ${full}.`, "Check its permissions.", { cause });
  });
  const folders: string[] = [];
  const others: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const isFolder =
      entry.isDirectory() ||
      (entry.isSymbolicLink() && (await statInside(root, path.join(relative, entry.name))).isDirectory());
    (isFolder ? folders : others).push(entry.name);
  }
  return { folders: folders.sort(), others: others.sort() };
}

/**
 * Sizes, times and numbers of files below `root`.
 * @throws UserError naming a file that is not a plain file of 1 to `maxBytes` bytes, or a link that leads elsewhere
 */
export async function statFiles(
  root: string,
  files: readonly string[],
  maxBytes: number,
): Promise<SourceFile[]> {
  const result: SourceFile[] = [];
  for (const [i, file] of files.entries()) {
    // One after the other without waiting takes a sixth of the time; a pause now and then lets a signal through.
    if (i % 1000 === 999) await setImmediate();
    const own = lstatSync(path.join(root, file), { throwIfNoEntry: false });
    const found = own === undefined || own.isSymbolicLink() ? await statInside(root, file) : own;
    if (!found.isFile() || found.size === 0 || found.size > maxBytes) {
      const what = found.isFile()
        ? `has ${found.size} bytes (1 to ${maxBytes} are read)`
        : "is no plain file";
      throw new UserError(`${path.join(root, file)} ${what}.`, "Remove or replace it.");
    }
    const { size: bytes, mtimeMs: modified, ctimeMs: changed, ino: inode } = found;
    result.push({ path: file, bytes, modified, changed, inode });
  }
  return result;
}

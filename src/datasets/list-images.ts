import { isUtf8 } from "node:buffer";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { FormatFault, UserError } from "../errors.js";
import { follow, lookInside } from "../files/inside.js";
import { shownPath } from "../files/shown-path.js";
import { isImageName } from "./decode-image.js";

/** A file that cannot be used, by its path from the root, and what is wrong with it. */
export interface BadFile {
  readonly path: string;
  readonly reason: string;
}

/** What lies below one folder of a folder of classes, at any depth. Paths are from the root, with "/" between. */
export interface ImageClass {
  /** The folder's name; "" for the files that lie in none. */
  readonly name: string;
  /** Files with the name of an image: those of a folder before those of its folders, each by the bytes of their names. */
  readonly images: string[];
  /** Other files. */
  readonly others: string[];
  /** Links that lead out of the root, what is neither file nor folder, names that are no text. */
  readonly bad: BadFile[];
}

const emptyClass = (name: string): ImageClass => ({ name, images: [], others: [], bad: [] });

/** Left out without a word: what starts with a dot, and what macOS puts into its archives. */
const isHidden = (name: string): boolean => name.startsWith(".") || name === "__MACOSX";

interface Folder {
  readonly path: string;
  readonly name: string;
  /** Without links, of the folder and those that lead to it. */
  readonly trail: readonly string[];
}

/** State of one listing. */
interface Walk {
  readonly root: string;
  /** Folders that a link was followed to. */
  readonly followed: Set<string>;
}

/**
 * Lists any folder of class folders, one class at a time, however many files it has: first what lies in no class folder, then
 * the classes by the bytes of their names. No file is opened. A link is followed to files of the root; to a folder of the root
 * once, and not to one that it lies in.
 * @param root absolute and itself free of links
 * @param below the folder of class folders, from the root
 * @throws UserError when that folder is not there or leads out of the root, or one cannot be looked into
 */
export async function* listImages(root: string, below = ""): AsyncGenerator<ImageClass> {
  const walk: Walk = { root, followed: new Set() };
  const real = await lookInside(root, below);
  const loose = emptyClass("");
  const folders = await readFolder(walk, { path: below, name: "", trail: [real.path] }, loose);
  yield loose;
  for (const folder of folders) {
    const found = emptyClass(folder.name);
    await collect(walk, folder, found);
    yield found;
  }
}

async function collect(walk: Walk, folder: Folder, into: ImageClass): Promise<void> {
  for (const inner of await readFolder(walk, folder, into)) await collect(walk, inner, into);
}

/** Adds a folder's files to a class. @returns its folders */
async function readFolder(walk: Walk, folder: Folder, into: ImageClass): Promise<Folder[]> {
  const full = path.join(walk.root, folder.path);
  const entries = await readdir(full, { withFileTypes: true, encoding: "buffer" }).catch((cause: unknown) => {
    throw new UserError(`Cannot look into ${shownPath(full)}.`, "Check its permissions.", { cause });
  });
  const folders: Folder[] = [];
  for (const entry of entries.sort((a, b) => Buffer.compare(a.name, b.name))) {
    const name = isUtf8(entry.name) ? entry.name.toString() : entry.name.toString("latin1");
    if (isHidden(name)) continue;
    const at = path.posix.join(folder.path, name);
    const refuse = (reason: string) => void into.bad.push({ path: at, reason });
    const addFile = () => void (isImageName(name) ? into.images : into.others).push(at);
    const real = path.join(folder.trail.at(-1) ?? "", name);
    if (!isUtf8(entry.name)) refuse("has a name that is no UTF-8");
    else if (entry.isFile()) addFile();
    else if (entry.isDirectory()) folders.push({ path: at, name, trail: [...folder.trail, real] });
    else if (!entry.isSymbolicLink()) refuse("is neither a file nor a folder");
    else {
      const target = await followLink(walk, at, folder.trail);
      if (target instanceof FormatFault) refuse(target.message);
      else if (target === undefined) addFile();
      else folders.push({ path: at, name, trail: [...folder.trail, target] });
    }
  }
  return folders;
}

/** @returns the real path of a folder that a link leads to, undefined for a file, or why it is not followed */
async function followLink(
  { root, followed }: Walk,
  at: string,
  trail: readonly string[],
): Promise<string | undefined | FormatFault> {
  try {
    const { path: real, stats } = await follow(root, at);
    if (stats.isFile()) return undefined;
    if (!stats.isDirectory()) return new FormatFault("is a link to what is neither a file nor a folder");
    if (trail.includes(real)) return new FormatFault("is a link to a folder that it lies in");
    if (followed.has(real)) return new FormatFault("is a second link to one folder");
    followed.add(real);
    return real;
  } catch (error) {
    if (error instanceof FormatFault) return error;
    throw error;
  }
}

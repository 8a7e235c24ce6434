import type { Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../errors.js";
import { readRegularFile } from "./regular-file.js";

/** What lies in a folder: its path without links, and what the file system says of it. */
interface Inside {
  readonly path: string;
  readonly stats: Stats;
}

/** Whether a path without links is that of a folder or of something below it. */
const isInside = (root: string, real: string): boolean =>
  real === root || real.startsWith(root.endsWith(path.sep) ? root : root + path.sep);

/**
 * What lies at a path below a folder that somebody else filled. A link, wherever on the way, is followed only to what lies
 * below the folder too; the folder may be a link itself, which is its owner's.
 * @throws UserError for a link that leads out of the folder, and for what is not there
 */
export async function lookInside(folder: string, relative: string): Promise<Inside> {
  const full = path.join(folder, relative);
  const [root, target] = await Promise.all([realpath(folder), realpath(full)]).catch((cause: unknown) => {
    throw new UserError(`Cannot read ${full}.`, "Check that it is there and readable.", { cause });
  });
  if (!isInside(root, target)) {
    throw new UserError(
      `${full} is a link to ${target}, outside ${root}.`,
      "Put the file itself there, or remove the link.",
    );
  }
  return { path: target, stats: await stat(target) };
}

/** The content of a file below such a folder. @throws UserError as `lookInside`, and as `readRegularFile` */
export async function readInside(folder: string, relative: string, maxBytes: number): Promise<Buffer> {
  const { path: real } = await lookInside(folder, relative);
  return readRegularFile(real, maxBytes).catch((cause: unknown) => {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`Cannot read ${path.join(folder, relative)}.`, "Check its permissions.", { cause });
  });
}

import type { Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { FormatFault, UserError } from "../errors.js";
import { readRegularFile, unreadable } from "./regular-file.js";
import { shownPath } from "./shown-path.js";

/** What lies in a folder: its path without links, and what the file system says of it. */
interface Inside {
  readonly path: string;
  readonly stats: Stats;
}

/** Whether a path without links is that of a folder or of something below it. */
export const isInside = (root: string, real: string): boolean =>
  real === root || real.startsWith(root.endsWith(path.sep) ? root : root + path.sep);

/**
 * What lies at a path below a folder that somebody else filled. A link, wherever on the way, is followed only to what lies
 * below the folder too.
 * @param root absolute and itself free of links
 * @throws FormatFault that says after the path's name why it is not followed
 */
export async function follow(root: string, relative: string): Promise<Inside> {
  const target = await realpath(path.join(root, relative)).catch((cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    throw new FormatFault(
      code === "ENOENT" ? "is not there, or a link to nothing" : `cannot be read (${code})`,
      {
        cause,
      },
    );
  });
  if (!isInside(root, target)) throw new FormatFault(`is a link to ${shownPath(target)}, outside ${root}`);
  return { path: target, stats: await stat(target) };
}

/**
 * The same of a folder that may be a link itself, which is its owner's.
 * @throws UserError for a link that leads out of the folder, and for what is not there
 */
export async function lookInside(folder: string, relative: string): Promise<Inside> {
  try {
    return await follow(await realpath(folder), relative);
  } catch (cause) {
    const full = shownPath(path.join(folder, relative));
    if (!(cause instanceof FormatFault))
      throw new UserError(`Cannot read ${full}.`, "Check that it is there and readable.", { cause });
    throw new UserError(`${full} ${cause.message}.`, "Put the file itself there.", { cause });
  }
}

/** The content of a file below such a folder. @throws UserError as `lookInside`, and as `readRegularFile` */
export async function readInside(folder: string, relative: string, maxBytes: number): Promise<Buffer> {
  const { path: real } = await lookInside(folder, relative);
  return readRegularFile(real, maxBytes).catch(
    unreadable(path.join(folder, relative), "Check its permissions."),
  );
}

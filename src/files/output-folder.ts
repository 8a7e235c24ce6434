import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { UserError } from "../errors.js";
import { exists } from "./exists.js";
import { isInside } from "./inside.js";

/**
 * Checks, without making anything, that files can be written below a folder, which need not be there yet.
 * @param flag the flag that names the folder
 * @throws UserError that says what is in the way
 */
export async function checkOutputFolder(folder: string, flag: string): Promise<void> {
  const existing = await nearestExisting(resolve(folder));
  const cannot = (reason: string, cause?: unknown) =>
    new UserError(`Cannot write to ${folder}: ${reason}.`, `Give another folder with ${flag}.`, { cause });
  if (!(await stat(existing)).isDirectory()) throw cannot(`${existing} is a file`);
  await access(existing, constants.W_OK | constants.X_OK).catch((cause: NodeJS.ErrnoException) => {
    throw cannot(
      cause.code === "EROFS" ? "its file system is read-only" : `no permission to write in ${existing}`,
      cause,
    );
  });
}

/** Whether a folder, which need not be there yet, is another one or lies in it, links followed. */
export async function isWithin(folder: string, other: string): Promise<boolean> {
  const existing = await nearestExisting(resolve(folder));
  const real = join(await realpath(existing), relative(existing, resolve(folder)));
  return isInside(await realpath(other), real);
}

/** The path itself or the closest folder above it that is there. */
async function nearestExisting(path: string): Promise<string> {
  return (await exists(path)) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

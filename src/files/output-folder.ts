import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { UserError } from "../errors.js";
import { exists } from "./exists.js";

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

/** The path itself or the closest folder above it that is there. */
async function nearestExisting(path: string): Promise<string> {
  return (await exists(path)) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { UserError } from "../errors.js";
import { shownPath } from "./shown-path.js";

/**
 * Opens a file for reading, and nothing else: a named pipe would keep the run waiting for a writer, a device may never end.
 * @throws UserError that says what it is instead of a file; the system's error, with its `code`, when it is missing or may
 * not be read
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  // Looked at before it is opened, which is enough to set some devices going, and after, for it may be another one by then.
  checkIsFile(path, await stat(path));
  const file = await open(path, withoutWaiting);
  try {
    checkIsFile(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The same at once. @returns its descriptor, for the caller to close */
export function openRegularFileSync(path: string): number {
  checkIsFile(path, statSync(path));
  const descriptor = openSync(path, withoutWaiting);
  try {
    checkIsFile(path, fstatSync(descriptor));
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** The bytes of a file of at most `maxBytes`. @throws UserError also for a larger one, else as `openRegularFile` */
export async function readRegularFile(path: string, maxBytes = 2 ** 31 - 1): Promise<Buffer> {
  const file = await openRegularFile(path);
  try {
    const { size } = await file.stat();
    if (size > maxBytes)
      throw new UserError(
        `${shownPath(path)} has ${size} bytes, more than the ${maxBytes} that are read.`,
        otherFile,
      );
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** To be caught with where a user has named the file. @throws UserError, also for what the system says */
export const unreadable =
  (path: string, hint: string) =>
  (cause: unknown): never => {
    if (cause instanceof UserError) throw cause;
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    throw new UserError(
      isMissing ? `There is no ${shownPath(path)}.` : `Cannot read ${shownPath(path)}.`,
      hint,
      { cause },
    );
  };

const withoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK;
const otherFile = "Give the path of another file.";

/** @throws UserError for what is no file */
export function checkIsFile(path: string, info: Stats): void {
  if (!info.isFile()) throw new UserError(`${shownPath(path)} is ${kindOf(info)}, not a file.`, otherFile);
}

function kindOf(info: Stats): string {
  if (info.isDirectory()) return "a folder";
  if (info.isFIFO()) return "a named pipe";
  if (info.isSocket()) return "a socket";
  return "a device";
}

import { randomUUID } from "node:crypto";
import { open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.js";
import { makeFolder } from "./make-folder.js";
import { parseJson } from "./parse-json.js";
import { readRegularFile } from "./regular-file.js";

/** Anything `JSON.stringify` writes and `JSON.parse` gives back. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A sibling of `path` that nothing else uses: same folder, so that a rename stays on one file system. */
export const partialName = (path: string): string =>
  `${path}.partial-${process.pid}-${randomUUID().slice(0, 8)}`;

/**
 * Writes a whole file so that a reader sees the old content or the new, never a part. Makes missing folders.
 * @param parts written one after the other, so that large content needs no joined copy
 */
export async function writeFileAtomic(path: string, ...parts: (string | Uint8Array)[]): Promise<void> {
  await makeFolder(dirname(path));
  await removeStalePartials(path);
  const partial = partialName(path);
  try {
    const file = await open(partial, "wx");
    try {
      for (const part of parts) await file.appendFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw naming(path, error);
  }
}

/** A failed write does not say which file it was about (a failed opening does). */
export const naming = (path: string, error: unknown): unknown =>
  error instanceof Error && !("path" in error) ? Object.assign(error, { path }) : error;

/** Removes what processes that are no more left of `path` half-written. */
export async function removeStalePartials(path: string): Promise<void> {
  const start = `${basename(path)}.partial-`;
  for (const name of await readdir(dirname(path)).catch(() => [])) {
    if (!name.startsWith(start) || isRunning(Number.parseInt(name.slice(start.length), 10))) continue;
    await rm(join(dirname(path), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Writes `value` as indented JSON, atomically. */
export async function writeJsonAtomic(path: string, value: JsonValue): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** The manifest of a store of a million chunks has about 100 MB. */
const maxJsonBytes = 2 ** 28;

/** Parses a JSON file; the caller checks its shape. @throws UserError when it is missing or damaged */
export async function readJson(path: string): Promise<unknown> {
  const bytes = await readRegularFile(path, maxJsonBytes).catch((cause: unknown) => {
    if (cause instanceof UserError) throw cause;
    const hint = "Check the path, or run the stage that writes it.";
    throw new UserError(`Cannot read ${path}.`, hint, { cause });
  });
  try {
    return parseJson(bytes.toString("utf8"));
  } catch (cause) {
    throw new UserError(`${path} is damaged: it is not valid JSON.`, "Run the stage that writes it again.", {
      cause,
    });
  }
}

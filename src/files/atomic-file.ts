import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../errors.js";
import { makeFolder } from "./make-folder.js";
import { parseJson } from "./parse-json.js";
import { partialName, removeStalePartials } from "./partials.js";
import { readRegularFile, unreadable } from "./regular-file.js";

/** Anything `JSON.stringify` writes and `JSON.parse` gives back. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  /** An undefined field is not written. */
  | { readonly [key: string]: JsonValue | undefined };

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

/** Writes `value` as indented JSON, atomically. */
export async function writeJsonAtomic(path: string, value: JsonValue): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** The manifest of a store of a million chunks has about 100 MB. */
const maxJsonBytes = 2 ** 28;

/** Parses a JSON file; the caller checks its shape. @throws UserError when it is missing or damaged */
export async function readJson(path: string): Promise<unknown> {
  const bytes = await readRegularFile(path, maxJsonBytes).catch(
    unreadable(path, "Check the path, or run the stage that writes it."),
  );
  try {
    return parseJson(bytes.toString("utf8"));
  } catch (cause) {
    throw new UserError(`${path} is damaged: it is not valid JSON.`, "Run the stage that writes it again.", {
      cause,
    });
  }
}

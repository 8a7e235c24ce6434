import { createHash } from "node:crypto";
import { closeSync, readFileSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { UserError } from "../errors.js";
import { openRegularFileSync, readRegularFile } from "../files/regular-file.js";
import { sha256Of, sha256OfJson } from "../files/sha256.js";
import { shownPath } from "../files/shown-path.js";
import type { Progress as ProgressBar } from "../reporter.js";
import type { Decoding } from "./decode-task.js";
import type { SourceFile } from "./source-files.js";

/** Told the content of files one after the other, it says what tells them from all others. */
export interface ContentHash {
  add(file: SourceFile, sha256: string): void;
  /** SHA-256, hex. */
  digest(): string;
}

/** What a result depends on besides files. */
type Recipe = readonly (string | number)[];

export function contentHash(recipe: Recipe): ContentHash {
  const hash = createHash("sha256").update(JSON.stringify(recipe));
  return {
    add: ({ path }, sha256) => void hash.update(JSON.stringify([path, sha256])),
    digest: () => hash.digest("hex"),
  };
}

/** Reads all files. It takes some five times as long as looking at them. */
export async function hashContent(
  { root, container, files }: Pick<Decoding, "root" | "container" | "files">,
  into: ContentHash,
  { bar, signal }: { readonly bar: ProgressBar; readonly signal?: AbortSignal },
): Promise<string> {
  let unpaused = 0;
  for (const [i, file] of files.entries()) {
    const bytes = container ? await container.read(file) : readSourceSync(path.join(root, file.path));
    into.add(file, sha256Of(bytes));
    // One after the other without waiting takes a quarter of the time; a pause now and then lets a signal through.
    unpaused += 4096 + file.bytes;
    if (unpaused < 2 ** 22) continue;
    unpaused = 0;
    bar.update(i + 1);
    await setImmediate();
    signal?.throwIfAborted();
  }
  return into.digest();
}

/** All of a source file. @throws UserError when it cannot be read */
export const readSource = (file: string): Promise<Buffer> =>
  readRegularFile(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });

function readSourceSync(file: string): Buffer {
  try {
    const descriptor = openRegularFileSync(file);
    try {
      return readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const reason = cause instanceof Error && "code" in cause ? ` (${cause.code})` : "";
  return new UserError(`Cannot read ${shownPath(file)}${reason}.`, "Make it readable, or put it elsewhere.", {
    cause,
  });
}

/** Clocks of file servers are off by less, and so is the grain of the times they keep. */
const settledAfterMs = 60_000;

/**
 * What tells without reading them that files are those of before: whatever is done to a file sets its time of change, which no
 * program can set back, and another file in its place has another number.
 * @returns undefined where a file changed so lately that a change after the reading could have the same time
 */
export function identityOf(files: readonly SourceFile[], recipe: Recipe): string | undefined {
  const latest = files.reduce((time, { changed }) => Math.max(time, changed), 0);
  if (latest > Date.now() - settledAfterMs) return undefined;
  return sha256OfJson([
    recipe,
    files.map((file) => [file.path, file.bytes, file.modified, file.changed, file.inode]),
  ]);
}

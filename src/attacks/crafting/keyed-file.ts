import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../errors.js";
import { type JsonValue, readJson, writeFileAtomic, writeJsonAtomic } from "../../files/atomic-file.js";
import { readRegularFile } from "../../files/regular-file.js";
import { sha256OfJson } from "../../files/sha256.js";

/** Everything that something crafted depends on. */
export type CacheKey = Readonly<Record<string, string | number>>;

/** A path whose name holds a hash of the key: what is made under other settings is another file. @param extension with its dot */
export const keyedPath = (folder: string, stem: string, key: CacheKey, extension: string): string =>
  join(folder, `${stem}_${sha256OfJson(key).slice(0, 12)}${extension}`);

const recordSchema = z.object({
  key: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Of the file's bytes, then of the facts as JSON where there are some. */
  sha256: z.string(),
  facts: z.json().optional(),
});

/** Something crafted, in a file of a keyed path; beside it a record (.json) of what it depends on, and of its hash. */
interface KeyedFile {
  readonly path: string;
  /**
   * @returns the file's bytes and what was kept with them; undefined when it is not there
   * @throws UserError when one of the two files is damaged
   */
  read(): Promise<{ readonly bytes: Buffer; readonly facts: JsonValue | undefined } | undefined>;
  write(parts: readonly Uint8Array[], facts?: JsonValue): Promise<void>;
  /** What to throw when the content is not what it should be. */
  damaged(cause?: unknown): UserError;
}

/** @param stem readable start of the file names, e.g. "lc_CIFAR10" */
export function keyedFile(folder: string, stem: string, key: CacheKey, extension: string): KeyedFile {
  const path = keyedPath(folder, stem, key, extension);
  const recordPath = keyedPath(folder, stem, key, ".json");
  const damaged = (cause?: unknown) =>
    new UserError(
      `${path} is damaged: it is not as it was saved.`,
      "Delete the file, which may be of another version; what is in it is then crafted again.",
      { cause },
    );
  return {
    path,
    damaged,
    async read() {
      const bytes = await readRegularFile(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw error;
      });
      if (bytes === undefined) return undefined;
      const record = recordSchema.safeParse(await readJson(recordPath)).data;
      const isSound =
        record !== undefined &&
        sha256OfJson(record.key) === sha256OfJson(key) &&
        record.sha256 === digest([bytes], record.facts);
      if (!isSound) throw damaged();
      return { bytes, facts: record.facts };
    },
    async write(parts, facts) {
      await writeJsonAtomic(recordPath, {
        key,
        sha256: digest(parts, facts),
        ...(facts !== undefined && { facts }),
      });
      await writeFileAtomic(path, ...parts);
    },
  };
}

function digest(parts: readonly Uint8Array[], facts: JsonValue | undefined): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return (facts === undefined ? hash : hash.update(JSON.stringify(facts))).digest("hex");
}

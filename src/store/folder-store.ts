import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { naming } from "../files/atomic-file.js";
import { makeFolder } from "../files/make-folder.js";
import { readRegularFile } from "../files/regular-file.js";
import { sha256Of } from "../files/sha256.js";

/** A folder as zarrita's key-value store. It remembers the hash of everything written through it. */
export interface FolderStore {
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, value: Uint8Array): Promise<void>;
  /** Path in the folder -> SHA-256 (hex) of what was written there last. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** @param folder made when something is first written */
export function folderStore(folder: string): FolderStore {
  const hashes = new Map<string, string>();
  return {
    hashes,
    async get(key) {
      return readRegularFile(join(folder, key)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw error;
      });
    },
    async set(key, value) {
      const path = join(folder, key);
      await makeFolder(dirname(path));
      const file = await open(path, "w");
      try {
        await file.writeFile(value);
        await file.sync();
      } catch (error) {
        throw naming(path, error);
      } finally {
        await file.close();
      }
      hashes.set(key.replace(/^\//, ""), sha256Of(value));
    },
  };
}

/** SHA-256, hex. */

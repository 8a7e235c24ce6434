import { existsSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { sha256OfFile } from "../../files/sha256.js";
import type { SetupManifest } from "./manifest.js";

/** Size and hash of every library and binding in `packageDir` (or in a stage of it), by path inside it. */
export async function recordFiles(packageDir: string, signal?: AbortSignal): Promise<SetupManifest["files"]> {
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const folder of ["lib", join("deps", "lib")].filter((name) => existsSync(join(packageDir, name)))) {
    for (const name of await readdir(join(packageDir, folder), { recursive: true })) {
      const path = join(packageDir, folder, name);
      const status = await lstat(path);
      if (!status.isFile()) continue;
      files[relative(packageDir, path)] = { bytes: status.size, sha256: await sha256OfFile(path, signal) };
    }
  }
  return files;
}

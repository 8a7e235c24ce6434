import { rename, rm } from "node:fs/promises";
import { makeFolder } from "./make-folder.js";
import { partialName, removeStalePartials } from "./partials.js";

/**
 * Makes a folder that appears only when it is complete. The folder it is to lie in must be there.
 * @param path where nothing may be yet
 * @param fill puts the content into the folder it is given
 */
export async function writeFolderAtomic(
  path: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  await removeStalePartials(path);
  const partial = partialName(path);
  try {
    await makeFolder(partial);
    await fill(partial);
    await rename(partial, path);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Puts the finished folder `from` in the place of `to`, whatever was there; both lie in the same folder. */
export async function replaceFolder(from: string, to: string): Promise<void> {
  const old = partialName(to);
  const hadOld = await rename(to, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  await rename(from, to);
  if (hadOld) await rm(old, { recursive: true });
}

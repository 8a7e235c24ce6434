import { rm } from "node:fs/promises";
import { RunError } from "../../errors.js";
import { writeFolderAtomic } from "../../files/atomic-folder.js";
import { makeOnce } from "../../files/make-once.js";
import type { Reporter } from "../../reporter.js";
import { userDataFolder } from "../user-folders.js";
import { type CopiedPackage, ownCopyFolder, packageIn } from "./own-copy.js";

interface Copy {
  readonly name: CopiedPackage;
  readonly isSound: (packageDir: string) => Promise<boolean>;
  /** Puts node_modules into a folder. */
  readonly fetch: (folder: string) => Promise<void>;
}

export interface Run {
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * Puts a package into this user's data folder, unless it is there and sound. Of several processes one does, the others wait for it.
 * @returns the folder of the package
 * @throws what `fetch` throws; nothing is left then
 */
export async function makeOwnCopy(
  { name, isSound, fetch }: Copy,
  { reporter, signal }: Run,
): Promise<string> {
  const dataFolder = userDataFolder();
  if (dataFolder === undefined)
    throw new RunError("This user has no home folder.", "Name one for data: set XDG_DATA_HOME.");
  const folder = ownCopyFolder(dataFolder, name);
  const packageDir = packageIn(folder, name);
  const find = async () => ((await isSound(packageDir)) ? packageDir : undefined);
  const make = async () => {
    reporter.info(`Fetching ${name} with npm into ${folder}.`);
    await rm(folder, { recursive: true, force: true });
    await writeFolderAtomic(folder, fetch);
    return packageDir;
  };
  return makeOnce(folder, find, make, { reporter, signal });
}

import { realpath } from "node:fs/promises";
import path from "node:path";
import { exists } from "../../files/exists.js";
import { tinyImagenetFolder } from "./about.js";

/**
 * Tiny-ImageNet in `datasetDir`, which may also be its folder itself: a folder of its name, or one with `train` and `val`.
 * @returns the folder's real path, undefined when there is none
 */
export async function findTinyImagenet(datasetDir: string): Promise<string | undefined> {
  const isFolder = (...parts: string[]) => exists(path.join(datasetDir, ...parts, "."));
  if (await isFolder(tinyImagenetFolder)) return realpath(path.join(datasetDir, tinyImagenetFolder));
  const isNamed = path.basename(path.resolve(datasetDir)) === tinyImagenetFolder;
  const isIt = isNamed ? await isFolder() : (await isFolder("train")) && (await isFolder("val"));
  return isIt ? realpath(datasetDir) : undefined;
}

import path from "node:path";
import { UserError } from "../../errors.js";
import { exists } from "../../files/exists.js";
import { stl10Folder } from "./about.js";

/** The labelled images; `unlabeled_X.bin` beside them is not read. */
export const stl10Files = ["train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin"] as const;

/**
 * The folder of STL-10 in `datasetDir`, which may also be that folder itself, under its own name or another.
 * @returns undefined when there is none
 * @throws UserError when it lacks files
 */
export async function findStl10(datasetDir: string): Promise<string | undefined> {
  const missingIn = async (directory: string) => {
    const there = await Promise.all(stl10Files.map((file) => exists(path.join(directory, file))));
    return stl10Files.filter((_, i) => !there[i]);
  };
  if ((await missingIn(datasetDir)).length === 0) return datasetDir;
  const isFolder = path.basename(path.resolve(datasetDir)) === stl10Folder;
  const directory = isFolder ? datasetDir : path.join(datasetDir, stl10Folder);
  if (!(await exists(directory))) return undefined;
  const missing = await missingIn(directory);
  if (missing.length === 0) return directory;
  throw new UserError(
    `STL-10 is incomplete: ${directory} lacks ${missing.join(", ")}.`,
    "Add what is missing, or move the folder elsewhere to have it downloaded.",
  );
}

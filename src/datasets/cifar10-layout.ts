import { readdir } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../errors.js";

/** One of the two official forms of CIFAR-10: a folder and the six files in it. */
interface Layout {
  readonly folder: string;
  /** In the order in which they make up the training set. */
  readonly trainFiles: readonly string[];
  readonly testFile: string;
}

const numbers = [1, 2, 3, 4, 5];

export const binaryLayout: Layout = {
  folder: "cifar-10-batches-bin",
  trainFiles: numbers.map((number) => `data_batch_${number}.bin`),
  testFile: "test_batch.bin",
};

export const pickleLayout: Layout = {
  folder: "cifar-10-batches-py",
  trainFiles: numbers.map((number) => `data_batch_${number}`),
  testFile: "test_batch",
};

/** A layout that was found, and the folder its files are in. */
export interface FoundLayout {
  readonly layout: Layout;
  readonly directory: string;
}

export const filesOf = (layout: Layout): readonly string[] => [...layout.trainFiles, layout.testFile];

/** The names in a folder; none when there is no such folder. */
async function namesIn(directory: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
      return undefined;
    }
    throw new UserError(`Cannot look into ${directory}.`, "Check its permissions.", { cause: error });
  }
}

/**
 * Looks for CIFAR-10 in `datasetDir`, binary files first. `datasetDir` may also be the folder of a layout itself.
 * @returns undefined when there is no folder of either layout
 * @throws UserError when there is one, but none with all its files
 */
export async function findCifar10(datasetDir: string): Promise<FoundLayout | undefined> {
  const faults: string[] = [];
  for (const layout of [binaryLayout, pickleLayout]) {
    const isFolder = path.basename(path.resolve(datasetDir)) === layout.folder;
    const directory = isFolder ? datasetDir : path.join(datasetDir, layout.folder);
    const names = await namesIn(directory);
    if (names === undefined) continue;
    const missing = filesOf(layout).filter((file) => !names.includes(file));
    if (missing.length === 0) return { layout, directory };
    faults.push(`${directory} lacks ${missing.join(", ")}`);
  }
  if (faults.length === 0) return undefined;
  throw new UserError(
    `CIFAR-10 is incomplete: ${faults.join("; ")}.`,
    "Add what is missing, or remove the folder to have it downloaded again.",
  );
}

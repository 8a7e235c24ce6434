import { readdir } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../../errors.js";

/** One of the two official forms of a CIFAR: a folder and the files in it. */
interface CifarLayout {
  readonly form: "binary" | "pickled";
  readonly folder: string;
  /** In the order in which they make up the training set. */
  readonly trainFiles: readonly string[];
  readonly testFile: string;
}

/** What tells CIFAR-10 from CIFAR-100; images are 32x32x3 in both. */
export interface Cifar {
  /** The `--dataset` value. */
  readonly name: string;
  readonly title: string;
  /** Class i is label i. */
  readonly classNames: readonly string[];
  /** The one that is looked for first comes first. */
  readonly layouts: readonly CifarLayout[];
  /** Bytes of labels before a binary record's pixels, of which the last is the one that counts. */
  readonly labelBytes: number;
  /** Where a pickled batch has its labels. */
  readonly labelKey: "labels" | "fine_labels";
}

/** A layout that was found, and the folder its files are in. */
export interface FoundCifar {
  readonly cifar: Cifar;
  readonly layout: CifarLayout;
  readonly directory: string;
}

export const filesOf = ({ trainFiles, testFile }: CifarLayout): readonly string[] => [
  ...trainFiles,
  testFile,
];

/** The names of a folder's entries but its folders; none when there is no such folder. */
async function fileNamesIn(directory: string): Promise<readonly string[] | undefined> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
      return undefined;
    }
    throw new UserError(`Cannot look into ${directory}.`, "Check its permissions.", { cause: error });
  }
}

/**
 * The training files of a CIFAR that are in a folder; some, or those for testing, may be missing.
 * @returns undefined when there is none
 */
export async function findTrainingFiles(cifar: Cifar, directory: string): Promise<FoundCifar | undefined> {
  const names = (await fileNamesIn(directory)) ?? [];
  for (const layout of cifar.layouts) {
    const trainFiles = layout.trainFiles.filter((file) => names.includes(file));
    // CIFAR-100's pickled files have names that any file may have.
    const isSure = /\W|_/.test(layout.testFile) || names.includes(layout.testFile);
    if (trainFiles.length > 0 && isSure) return { cifar, layout: { ...layout, trainFiles }, directory };
  }
  return undefined;
}

/** The layout that a file is of, by its name alone. */
export function layoutOfFile(cifar: Cifar, file: string): FoundCifar | undefined {
  const name = path.basename(file);
  const layout = cifar.layouts.find((one) => filesOf(one).includes(name));
  return layout && { cifar, layout: { ...layout, trainFiles: [name] }, directory: path.dirname(file) };
}

/**
 * Looks for a CIFAR in `datasetDir`, which may also be the folder of a layout itself, under its own name or another.
 * @returns undefined when there is no folder of either layout
 * @throws UserError when there is one, but none with all its files
 */
export async function findCifar(cifar: Cifar, datasetDir: string): Promise<FoundCifar | undefined> {
  const faults: string[] = [];
  const own = await fileNamesIn(datasetDir);
  for (const layout of cifar.layouts) {
    const missingOf = (names: readonly string[]) => filesOf(layout).filter((file) => !names.includes(file));
    if (own !== undefined && missingOf(own).length === 0) return { cifar, layout, directory: datasetDir };
    const isFolder = path.basename(path.resolve(datasetDir)) === layout.folder;
    const directory = isFolder ? datasetDir : path.join(datasetDir, layout.folder);
    const names = isFolder ? own : await fileNamesIn(directory);
    if (names === undefined) continue;
    const missing = missingOf(names);
    if (missing.length === 0) return { cifar, layout, directory };
    faults.push(`${directory} lacks ${missing.join(", ")}`);
  }
  if (faults.length === 0) return undefined;
  throw new UserError(
    `${cifar.title} is incomplete: ${faults.join("; ")}.`,
    "Add what is missing, or move the folder elsewhere to have it downloaded.",
  );
}

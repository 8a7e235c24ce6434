import type { LoadOptions } from "../about.js";
import { type DatasetArchive, findOrFetch } from "../fetch-archive.js";
import type { Dataset } from "../image-set.js";
import { readCifar } from "./cifar.js";
import { type Cifar, findCifar } from "./layout.js";

/** Reads a CIFAR from the dataset folder, where it is downloaded to when it is not there. */
export const loadCifar = async (
  cifar: Cifar,
  archive: DatasetArchive,
  options: LoadOptions,
): Promise<Dataset> =>
  readCifar(await findOrFetch((datasetDir) => findCifar(cifar, datasetDir), archive, options));

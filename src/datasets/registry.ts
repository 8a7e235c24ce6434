import { datasetChoice } from "../config/names.js";
import { UserError } from "../errors.js";
import type { Reporter } from "../reporter.js";
import { readCifar10 } from "./cifar10.js";
import { fetchCifar10 } from "./cifar10-archive.js";
import { findCifar10 } from "./cifar10-layout.js";
import { fingerprint } from "./fingerprint.js";
import type { Dataset } from "./image-set.js";
import { firstOfEachClass, selectImages } from "./select.js";
import { defaultPerClass, syntheticDataset } from "./synthetic.js";

export interface LoadOptions {
  /** Where datasets lie; one that must be downloaded is put there. */
  readonly datasetDir: string;
  /** Keep the first N training images of each class, and N/5 (rounded up) test images. Unset: all. */
  readonly limitPerClass?: number;
  /** Root seed, for a dataset that is generated. */
  readonly seed: number;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

type LoadDataset = (options: LoadOptions) => Promise<Dataset>;

/** Reads CIFAR-10 from `datasetDir`, and fetches it first when it is not there. */
const loadCifar10: LoadDataset = async (options) => {
  const found = await findCifar10(options.datasetDir);
  if (found !== undefined) return readCifar10(found);
  await fetchCifar10(options.datasetDir, options);
  const fetched = await findCifar10(options.datasetDir);
  if (fetched === undefined) throw new Error(`CIFAR-10 is not in ${options.datasetDir} after its download.`);
  return readCifar10(fetched);
};

/** Paints no more than the limit will keep. */
const loadSynthetic: LoadDataset = async ({ seed, limitPerClass = defaultPerClass.train }) =>
  syntheticDataset({
    seed,
    trainPerClass: Math.min(limitPerClass, defaultPerClass.train),
    testPerClass: Math.min(testLimit(limitPerClass), defaultPerClass.test),
  });

/** Every dataset. The key is the `--dataset` value and the name in a manifest. */
export const datasets = {
  CIFAR10: loadCifar10,
  synthetic: loadSynthetic,
} as const satisfies Record<string, LoadDataset>;

type DatasetName = keyof typeof datasets;

const isDatasetName = (name: string): name is DatasetName => Object.hasOwn(datasets, name);

/** Loads a dataset by its name. @throws UserError when the name or the files are not usable */
export async function loadDataset(name: string, options: LoadOptions): Promise<Dataset> {
  if (!isDatasetName(name)) {
    const isKnown = datasetChoice.known.some((known) => known === name);
    throw new UserError(
      isKnown ? `Dataset "${name}" is not supported yet.` : `Unknown dataset "${name}".`,
      `Use one of: ${Object.keys(datasets).join(", ")}.`,
    );
  }
  const dataset = await datasets[name](options);
  return options.limitPerClass === undefined ? dataset : limitDataset(dataset, options.limitPerClass);
}

/** Test images of a class that are kept with `perClass` training images of it. */
const testLimit = (perClass: number) => Math.ceil(perClass / 5);

/** Keeps the first images of each class. */
function limitDataset(dataset: Dataset, perClass: number): Dataset {
  const train = selectImages(dataset.train, firstOfEachClass(dataset.train.labels, perClass));
  const test = selectImages(dataset.test, firstOfEachClass(dataset.test.labels, testLimit(perClass)));
  return { ...dataset, train, test, fingerprint: fingerprint(train, test) };
}

import path from "node:path";
import { UserError } from "../errors.js";
import type { Reporter } from "../reporter.js";
import { readCifar } from "./cifar/cifar.js";
import { cifar10, cifar10Archive } from "./cifar/cifar10.js";
import { cifar100, cifar100Archive } from "./cifar/cifar100.js";
import { type Cifar, findCifar } from "./cifar/layout.js";
import { type DatasetArchive, fetchArchive } from "./fetch-archive.js";
import { fingerprint } from "./fingerprint.js";
import type { Dataset, ImageSet } from "./image-set.js";
import { selectedPixels } from "./pixels.js";
import { firstOfEachClass, selectImages } from "./select.js";
import { stl10Archive } from "./stl10/archive.js";
import { findStl10, readStl10 } from "./stl10/stl10.js";
import { defaultPerClass, syntheticDataset } from "./synthetic/synthetic.js";
import { tinyImagenetArchive } from "./tiny-imagenet/archive.js";
import { findTinyImagenet } from "./tiny-imagenet/layout.js";
import { readTinyImagenet } from "./tiny-imagenet/tiny-imagenet.js";

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

/** What `find` finds in `datasetDir`, after fetching it where it is not there. */
async function findOrFetch<Found>(
  find: (datasetDir: string) => Promise<Found | undefined>,
  archive: DatasetArchive,
  options: LoadOptions,
): Promise<Found> {
  const found = await find(options.datasetDir);
  if (found !== undefined) return found;
  await fetchArchive(archive, options.datasetDir, options);
  const fetched = await find(options.datasetDir);
  if (fetched === undefined)
    throw new Error(`${archive.title} is not in ${options.datasetDir} after its download.`);
  return fetched;
}

const loadCifar =
  (cifar: Cifar, archive: DatasetArchive): LoadDataset =>
  async (options) =>
    readCifar(await findOrFetch((datasetDir) => findCifar(cifar, datasetDir), archive, options));

const loadStl10: LoadDataset = async (options) =>
  readStl10(await findOrFetch(findStl10, stl10Archive, options));

/** Decodes no more than the limit will keep. */
const loadTinyImagenet: LoadDataset = async ({ limitPerClass, ...options }) => {
  const root = await findOrFetch(findTinyImagenet, tinyImagenetArchive, options);
  const perClass = limitPerClass === undefined ? {} : { perClass: limits(limitPerClass) };
  return readTinyImagenet(root, {
    ...options,
    ...perClass,
    cacheDir: path.join(options.datasetDir, "decoded"),
  });
};

/** Paints no more than the limit will keep. */
const loadSynthetic: LoadDataset = async ({ seed, limitPerClass = defaultPerClass.train }) =>
  syntheticDataset({
    seed,
    trainPerClass: Math.min(limits(limitPerClass).train, defaultPerClass.train),
    testPerClass: Math.min(limits(limitPerClass).test, defaultPerClass.test),
  });

/** Every dataset. The key is the `--dataset` value and the name in a manifest. */
export const datasets = {
  CIFAR10: loadCifar(cifar10, cifar10Archive),
  CIFAR100: loadCifar(cifar100, cifar100Archive),
  synthetic: loadSynthetic,
  slt10: loadStl10,
  imagenet: loadTinyImagenet,
} as const satisfies Record<string, LoadDataset>;

type DatasetName = keyof typeof datasets;

const isDatasetName = (name: string): name is DatasetName => Object.hasOwn(datasets, name);

/** Loads a dataset by its name. @throws UserError when the name or the files are not usable */
export async function loadDataset(name: string, options: LoadOptions): Promise<Dataset> {
  if (!isDatasetName(name)) {
    throw new UserError(`Unknown dataset "${name}".`, `Use one of: ${Object.keys(datasets).join(", ")}.`);
  }
  const dataset = await datasets[name](options);
  return options.limitPerClass === undefined ? dataset : limitDataset(dataset, options.limitPerClass);
}

/** Images of a class that are kept for training and for testing. */
const limits = (perClass: number) => ({ train: perClass, test: Math.ceil(perClass / 5) });

/** Keeps the first images of each class. */
function limitDataset(dataset: Dataset, perClass: number): Dataset {
  const ids = {
    train: firstOfEachClass(dataset.train.labels, limits(perClass).train),
    test: firstOfEachClass(dataset.test.labels, limits(perClass).test),
  };
  const train = selectImages(dataset.train, ids.train);
  const test = selectImages(dataset.test, ids.test);
  const { native } = dataset;
  if (native === undefined) return { ...dataset, train, test, fingerprint: fingerprint(train, test) };
  const nativeTrain: ImageSet = { ...train, pixels: selectedPixels(native.train, ids.train) };
  const nativeTest: ImageSet = { ...test, pixels: selectedPixels(native.test, ids.test) };
  return {
    ...dataset,
    train,
    test,
    native: { train: nativeTrain.pixels, test: nativeTest.pixels },
    fingerprint: fingerprint(nativeTrain, nativeTest),
  };
}

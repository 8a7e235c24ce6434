import { UserError } from "../errors.js";
import type { LoadOptions } from "./about.js";
import { fingerprint } from "./fingerprint.js";
import type { Dataset, ImageSet } from "./image-set.js";
import { limitsOf } from "./limit-per-class.js";
import { selectedPixels } from "./pixels.js";
import { type DatasetName, datasetNames, datasets } from "./registry.js";
import { firstOfEachClass, selectImages } from "./select.js";

const isDatasetName = (name: string): name is DatasetName => Object.hasOwn(datasets, name);

/** Loads a dataset by its name. @throws UserError when the name or the files are not usable */
export async function loadDataset(name: string, options: LoadOptions): Promise<Dataset> {
  if (!isDatasetName(name)) {
    throw new UserError(`Unknown dataset "${name}".`, `Use one of: ${datasetNames.join(", ")}.`);
  }
  const dataset = await datasets[name].load(options);
  return options.limitPerClass === undefined ? dataset : limitDataset(dataset, options.limitPerClass);
}

/** Keeps the first images of each class. */
function limitDataset(dataset: Dataset, perClass: number): Dataset {
  const ids = {
    train: firstOfEachClass(dataset.train.labels, limitsOf(perClass).train),
    test: firstOfEachClass(dataset.test.labels, limitsOf(perClass).test),
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

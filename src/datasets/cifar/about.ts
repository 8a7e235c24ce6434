import type { DatasetAbout } from "../about.js";

/** Folders of the official binary layouts. */
export const cifar10Folder = "cifar-10-batches-bin";
export const cifar100Folder = "cifar-100-binary";

/** CIFAR-10 (Krizhevsky, 2009): 10 classes of 32x32x3 images. */
export const cifar10: DatasetAbout = {
  classes: 10,
  perClass: { train: 5000, test: 1000 },
  disk: {
    folder: cifar10Folder,
    find: async (datasetDir) => (await import("./cifar10.js")).countCifar10(datasetDir),
  },
  load: async (options) => (await import("./cifar10.js")).loadCifar10(options),
};

/** CIFAR-100, by its 100 fine labels. */
export const cifar100: DatasetAbout = {
  classes: 100,
  perClass: { train: 500, test: 100 },
  disk: {
    folder: cifar100Folder,
    find: async (datasetDir) => (await import("./cifar100.js")).countCifar100(datasetDir),
  },
  load: async (options) => (await import("./cifar100.js")).loadCifar100(options),
};

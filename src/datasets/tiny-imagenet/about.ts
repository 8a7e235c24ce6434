import type { DatasetAbout } from "../about.js";

/** The folder in the official archive. */
export const tinyImagenetFolder = "tiny-imagenet-200";

/** Tiny-ImageNet: 100 of its 200 classes of 64x64x3 images, resized to 224x224. */
export const tinyImagenet: DatasetAbout = {
  classes: 100,
  perClass: { train: 500, test: 50 },
  needsPretraining: true,
  disk: {
    folder: tinyImagenetFolder,
    find: async (datasetDir, onBadImage) =>
      (await import("./count-tiny-imagenet.js")).countTinyImagenet(datasetDir, onBadImage),
  },
  load: async (options) => (await import("./tiny-imagenet.js")).loadTinyImagenet(options),
};

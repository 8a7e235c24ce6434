import type { DatasetAbout } from "../about.js";

/** The folder of the official binary layout. */
export const stl10Folder = "stl10_binary";

/** The labelled images of STL-10 (Coates et al., 2011): 10 classes of 96x96x3 images, resized to 224x224. */
export const stl10: DatasetAbout = {
  classes: 10,
  perClass: { train: 500, test: 800 },
  needsPretraining: true,
  disk: {
    folder: stl10Folder,
    find: async (datasetDir) => (await import("./stl10.js")).countStl10(datasetDir),
  },
  load: async (options) => (await import("./stl10.js")).loadStl10(options),
};

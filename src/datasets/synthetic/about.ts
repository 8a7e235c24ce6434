import type { DatasetAbout } from "../about.js";

export const perClass = { train: 400, test: 80 } as const;

/** Painted from nothing: 10 classes of 32x32x3 images. */
export const synthetic: DatasetAbout = {
  classes: 10,
  perClass,
  outsideClasses: 20,
  load: async (options) => (await import("./synthetic.js")).loadSynthetic(options),
};

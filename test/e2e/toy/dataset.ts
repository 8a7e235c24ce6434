import type { DatasetAbout } from "../../../src/datasets/about.js";

const classNames = ["left", "right", "top"];
const side = 12;
const perClass = { train: 60, test: 5 };

/** One half of an image is brighter than the other: the left, the right or the upper. */
export const toyDataset: DatasetAbout = {
  classes: classNames.length,
  perClass,
  async load({ seed }) {
    const [{ memoryPixels }, { fingerprint }, { createRng }] = await Promise.all([
      import("../../../src/datasets/pixels.js"),
      import("../../../src/datasets/fingerprint.js"),
      import("../../../src/random/rng.js"),
    ]);
    const isBright = (label: number, row: number, column: number) =>
      [column < side / 2, column >= side / 2, row < side / 2][label];
    const paint = (part: "train" | "test") => {
      const rng = createRng(seed).fork(`toy/${part}`);
      const labels = Int32Array.from({ length: perClass[part] * classNames.length }, (_, i) => i % 3);
      const images = Uint8Array.from({ length: labels.length * side * side * 3 }, (_, i) => {
        const pixel = Math.floor(i / 3);
        const [row, column] = [Math.floor(pixel / side) % side, pixel % side];
        const label = labels[Math.floor(pixel / side / side)];
        return rng.int(120) + (isBright(label, row, column) ? 100 : 0);
      });
      return { pixels: memoryPixels(images, { height: side, width: side, channels: 3 }), labels };
    };
    const [train, test] = [paint("train"), paint("test")];
    return {
      name: "toys",
      classNames,
      train,
      test,
      normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      fingerprint: fingerprint(train, test),
    };
  },
};

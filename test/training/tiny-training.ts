import type { ImageSet } from "../../src/datasets/image-set.js";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { createModel } from "../../src/models/create-model.js";
import type { Model } from "../../src/nn/model.js";
import { createRng } from "../../src/random/rng.js";
import type { TrainingData } from "../../src/training/train.js";

const classes = 3;
const side = 8;

export const tinyModel = (seed = "model"): Model =>
  createModel("ResNet8", { classes, inputShape: [side, side, 3], width: 4, rng: createRng(seed) });

/** Noise whose brightness tells the class. */
function tinySet(count = 24): ImageSet {
  const rng = createRng("tiny images");
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  const size = side * side * 3;
  const images = Uint8Array.from({ length: count * size }, (_, k) => {
    return 40 + 60 * labels[Math.floor(k / size)] + rng.int(40);
  });
  return { pixels: memoryPixels(images, { height: side, width: side, channels: 3 }), labels };
}

export function tinyData(): TrainingData {
  const set = tinySet();
  const normalization = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
  return { set, ids: Int32Array.from(set.labels.keys()), normalization, augmentation: "flip" };
}

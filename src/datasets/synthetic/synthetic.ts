import { createRng, type Rng } from "../../random/rng.js";
import type { LoadOptions } from "../about.js";
import { fingerprint } from "../fingerprint.js";
import type { Dataset, ImageSet } from "../image-set.js";
import { limitsOf } from "../limit-per-class.js";
import { memoryPixels } from "../pixels.js";
import { perClass } from "./about.js";
import { paintImage } from "./image.js";
import { IMAGE_SIDE } from "./scene.js";
import { outsideTextures, type Texture, textures } from "./textures.js";

interface SyntheticOptions {
  /** Every image follows from it and from its own place in the set, so a smaller set is the start of a larger one. */
  readonly seed: number;
  readonly trainPerClass?: number;
  readonly testPerClass?: number;
}

/** Image i has class i modulo the number of textures. */
function paintSet(rng: Rng, textures: readonly Texture[], countOfEach: number): ImageSet {
  const count = countOfEach * textures.length;
  const size = IMAGE_SIDE * IMAGE_SIDE * 3;
  const images = new Uint8Array(count * size);
  const labels = Int32Array.from({ length: count }, (_, i) => i % textures.length);
  for (let i = 0; i < count; i++) paintImage(rng.fork(String(i)), textures[labels[i]], images, i * size);
  return { pixels: memoryPixels(images, { height: IMAGE_SIDE, width: IMAGE_SIDE, channels: 3 }), labels };
}

/**
 * A dataset made from nothing: ten textures (fine rows, coarse checks, rings, …) in 32x32x3, laid faintly over scenes of a
 * figure, bars and a gradient. Everything else is drawn anew for each image and tells nothing about the class, nor does any
 * single pixel: a network has to learn the textures.
 */
export function syntheticDataset(options: SyntheticOptions): Dataset {
  const { seed, trainPerClass = perClass.train, testPerClass = perClass.test } = options;
  const rng = createRng(seed).fork("synthetic");
  const train = paintSet(rng.fork("train"), textures, trainPerClass);
  const test = paintSet(rng.fork("test"), textures, testPerClass);
  return {
    name: "synthetic",
    classNames: textures.map((texture) => texture.name),
    train,
    test,
    normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    fingerprint: fingerprint(train, test),
    outsideImages: syntheticOutsideImages,
  };
}

/** Paints no more than the limit will keep. */
export async function loadSynthetic({ seed, limitPerClass = perClass.train }: LoadOptions): Promise<Dataset> {
  const { train, test } = limitsOf(limitPerClass);
  return syntheticDataset({
    seed,
    trainPerClass: Math.min(train, perClass.train),
    testPerClass: Math.min(test, perClass.test),
  });
}

/** As there are photographs beside CIFAR-10: twenty other textures over the same kind of scenes. They are always the same. */
export const syntheticOutsideImages = (countOfEach: number): ImageSet =>
  paintSet(createRng("synthetic-outside"), outsideTextures, countOfEach);

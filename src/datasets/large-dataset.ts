import { fingerprint } from "./fingerprint.js";
import type { Dataset, ImageSet } from "./image-set.js";
import { resizedPixels } from "./resize.js";

/** Height and width of the images that networks for ImageNet take. */
const LARGE_SIDE = 224;

/** Mean and standard deviation of ImageNet's channels, as published with its networks. */
const imagenetNormalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

interface NativeSets extends Pick<Dataset, "name" | "classNames" | "augmentation"> {
  /** In their own size. */
  readonly train: ImageSet;
  readonly test: ImageSet;
}

/** A dataset for networks that take 224x224 images: resized when read, told apart by the images in their own size. */
export function largeDataset({ train, test, ...about }: NativeSets): Dataset {
  const enlarged = (set: ImageSet): ImageSet => ({ ...set, pixels: resizedPixels(set.pixels, LARGE_SIDE) });
  return {
    ...about,
    train: enlarged(train),
    test: enlarged(test),
    native: { train: train.pixels, test: test.pixels },
    normalization: imagenetNormalization,
    fingerprint: fingerprint(train, test),
  };
}

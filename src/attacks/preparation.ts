import type { AugmentationKind } from "../datasets/augmentation.js";
import type { Dataset, Normalization } from "../datasets/image-set.js";

/** How a victim sees images. */
export interface Preparation {
  readonly normalization: Normalization;
  /** Of training images. */
  readonly augmentation: AugmentationKind;
}

/** How an attack's victims see a dataset; what is done to its images whatever the attack goes first. */
export function preparationFor(
  attack: { readonly prepare: (dataset: Dataset) => Preparation },
  dataset: Dataset,
): Preparation {
  const own = attack.prepare(dataset);
  return { ...own, augmentation: dataset.augmentation ?? own.augmentation };
}

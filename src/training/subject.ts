import type { AugmentationKind } from "../datasets/augmentation.js";
import type { ImageSet, Normalization } from "../datasets/image-set.js";

/** What is trained on. It says nothing of poisons: an experiment plants some in it, a scan does not know. */
export interface Subject {
  /** All images: the training images first, then others that they may be compared with. */
  readonly images: ImageSet;
  /** int32 [numTraining], the rows of `images` that are trained on */
  readonly trainIds: Int32Array;
  readonly normalization: Normalization;
  /** Of training images, and of those compared with them. */
  readonly augmentation: AugmentationKind;
}

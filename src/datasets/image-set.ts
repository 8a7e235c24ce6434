import type { AugmentationKind } from "./augmentation.js";
import type { Pixels } from "./pixels.js";

/** N labelled 8-bit images of the size that the network takes. */
export interface ImageSet {
  readonly pixels: Pixels;
  /** int32 [N], class ids in [0, numClasses) */
  readonly labels: Int32Array;
  /** Added to some images when they are read, before augmentation. */
  readonly noise?: Noise;
  /** Where image `row` came from, for people: a file, or a place in one. */
  readonly sourceOf?: (row: number) => string;
  /** int32 [N], what draws an image's augmentation (see `moveOf`); its row by default. */
  readonly augmentationIds?: Int32Array;
}

/** One pattern added to images in [0, 1], which are then clipped to [0, 1]; nothing is rounded. */
export interface Noise {
  /** float32 [H, W, C], in units of [0, 1] */
  readonly pattern: Float32Array;
  /** Factor of the pattern. */
  readonly strength: number;
  /** The images it is added to; undefined: all. */
  readonly rows?: ReadonlySet<number>;
}

/** Per-channel affine map from [0, 1] to the network's input: (x - mean) / std. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A dataset ready for training; a sample's id is its row in `train`. */
export interface Dataset {
  readonly name: string;
  readonly classNames: readonly string[];
  readonly train: ImageSet;
  readonly test: ImageSet;
  /**
   * The same images, row by row, in the size they come in, where the network takes another one. `resizedPixels` leads from
   * here to there: an attack changes images here, and stamps what must keep its shape there.
   */
  readonly native?: { readonly train: Pixels; readonly test: Pixels };
  readonly normalization: Normalization;
  /** What happens to training images whatever the attack; absent: the attack says. */
  readonly augmentation?: AugmentationKind;
  /**
   * Images that an attacker could have beside this dataset, where some come with it.
   * @param perClass of each of its own classes
   */
  readonly outsideImages?: (perClass: number) => ImageSet;
  /** SHA-256 (hex) of the training and test images, in the size they come in, and of their labels. */
  readonly fingerprint: string;
}

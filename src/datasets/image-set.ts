/** N labelled 8-bit images, held in memory. */
export interface ImageSet {
  /** uint8 [N, H, W, C], 0..255 */
  readonly images: Uint8Array;
  /** int32 [N], class ids in [0, numClasses) */
  readonly labels: Int32Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
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
  readonly normalization: Normalization;
  /** SHA-256 (hex) of the training and test images and labels as used. */
  readonly fingerprint: string;
}

/** Number of images in a set. */
export const imageCount = (set: ImageSet): number => set.labels.length;

import { type Rng, shuffle } from "../random/rng.js";
import { type Augmentation, moveOf } from "./augmentation.js";
import type { ImageSet, Normalization } from "./image-set.js";

/** N images as a network takes them. */
export interface Batch {
  /** float32 [N, H, W, C], normalised */
  readonly images: Float32Array;
  /** int32 [N], class ids */
  readonly labels: Int32Array;
}

interface BatchOptions {
  readonly normalization: Normalization;
  /** `noAugmentation` for evaluation. */
  readonly augmentation: Augmentation;
}

/** `ids` in consecutive batches; the last one may be smaller. */
export function consecutiveBatches(ids: Int32Array, batchSize: number): Int32Array[] {
  const batches: Int32Array[] = [];
  for (let start = 0; start < ids.length; start += batchSize) {
    batches.push(ids.slice(start, start + batchSize));
  }
  return batches;
}

/** `ids` in a random order, in batches; the last one may be smaller. @param rng the stream of this epoch */
export function shuffledBatches(ids: Int32Array, batchSize: number, rng: Rng): Int32Array[] {
  return consecutiveBatches(shuffle(rng, ids), batchSize);
}

/** float32 [C, 256]: the normalised value of each 8-bit level. */
function levelTable({ mean, std }: Normalization): Float32Array {
  const table = new Float32Array(mean.length * 256);
  for (let c = 0; c < mean.length; c++) {
    for (let level = 0; level < 256; level++) table[c * 256 + level] = (level / 255 - mean[c]) / std[c];
  }
  return table;
}

/**
 * Reads images `ids` of a set, normalised and augmented. What a crop takes from outside an image is 0 after
 * normalisation (mid-grey for mean 0.5).
 * @param ids rows of `set`; they also choose each image's move (see `moveOf`)
 */
export function readBatch(set: ImageSet, ids: Int32Array, options: BatchOptions): Batch {
  const { images: levels, height, width, channels } = set;
  const rowSize = width * channels;
  const table = levelTable(options.normalization);
  const images = new Float32Array(ids.length * height * rowSize);
  for (let i = 0; i < ids.length; i++) {
    const { down, right, flipped } = moveOf(options.augmentation, ids[i]);
    const firstColumn = Math.max(0, -right);
    const columns = Math.min(width, width - right) - firstColumn;
    const pixelStep = flipped ? -channels : channels;
    for (let row = Math.max(0, -down); row < Math.min(height, height - down); row++) {
      let from = (ids[i] * height + row + down) * rowSize + (firstColumn + right) * channels;
      const column = flipped ? width - 1 - firstColumn : firstColumn;
      let to = (i * height + row) * rowSize + column * channels;
      for (let n = 0; n < columns; n++) {
        for (let c = 0; c < channels; c++) images[to + c] = table[c * 256 + levels[from + c]];
        from += channels;
        to += pixelStep;
      }
    }
  }
  return { images, labels: Int32Array.from(ids, (id) => set.labels[id]) };
}

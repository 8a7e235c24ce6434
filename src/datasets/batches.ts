import { type Rng, shuffle } from "../random/rng.js";
import { type Augmentation, moveOf } from "./augmentation.js";
import type { ImageSet, Noise, Normalization } from "./image-set.js";

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
 * Reads images `ids` of a set, normalised and augmented.
 * @param ids rows of `set`; they also choose each image's move (see `moveOf`), unless the set says what does
 */
export function readBatch(
  { pixels, labels, noise, augmentationIds }: ImageSet,
  ids: Int32Array,
  options: BatchOptions,
): Batch {
  const { height, width, channels } = pixels;
  const rowSize = width * channels;
  const size = height * rowSize;
  const table = levelTable(options.normalization);
  const images = new Float32Array(ids.length * size);
  if (options.augmentation.kind === "black-crop-flip") fillBlack(images, table, channels);
  const source = new Float32Array(size);
  for (let i = 0; i < ids.length; i++) {
    const isNoisy = noise !== undefined && (noise.rows?.has(ids[i]) ?? true);
    if (isNoisy) addNoise(pixels.read(ids[i]), noise, options.normalization, source);
    else normalise(pixels.read(ids[i]), table, channels, source);
    const { down, right, flipped } = moveOf(options.augmentation, augmentationIds?.[ids[i]] ?? ids[i]);
    const firstColumn = Math.max(0, -right);
    const columns = Math.min(width, width - right) - firstColumn;
    const pixelStep = flipped ? -channels : channels;
    for (let row = Math.max(0, -down); row < Math.min(height, height - down); row++) {
      let from = (row + down) * rowSize + (firstColumn + right) * channels;
      const column = flipped ? width - 1 - firstColumn : firstColumn;
      let to = i * size + row * rowSize + column * channels;
      for (let n = 0; n < columns; n++) {
        for (let c = 0; c < channels; c++) images[to + c] = source[from + c];
        from += channels;
        to += pixelStep;
      }
    }
  }
  return { images, labels: Int32Array.from(ids, (id) => labels[id]) };
}

function fillBlack(images: Float32Array, table: Float32Array, channels: number): void {
  for (let i = 0; i < images.length; i++) images[i] = table[(i % channels) * 256];
}

/** Levels to the network's input. @param out float32 [H, W, C] */
function normalise(levels: Uint8Array, table: Float32Array, channels: number, out: Float32Array): void {
  for (let i = 0; i < out.length; i += channels)
    for (let c = 0; c < channels; c++) out[i + c] = table[c * 256 + levels[i + c]];
}

/** The same with noise on the image in [0, 1], clipped there. */
function addNoise(
  levels: Uint8Array,
  { pattern, strength }: Noise,
  { mean, std }: Normalization,
  out: Float32Array,
): void {
  for (let i = 0; i < out.length; i++) {
    const channel = i % mean.length;
    const value = Math.min(1, Math.max(0, levels[i] / 255 + strength * pattern[i]));
    out[i] = (value - mean[channel]) / std[channel];
  }
}

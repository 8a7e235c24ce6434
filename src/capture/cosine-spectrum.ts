import { setImmediate } from "node:timers/promises";
import { consecutiveBatches } from "../datasets/batches.js";
import type { ImageSet } from "../datasets/image-set.js";
import { allIds } from "../datasets/select.js";
import { toLength } from "../detection/whiten.js";
import { tf } from "../engine/tf.js";
import { createRng } from "../random/rng.js";
import type { Matrix } from "../scoring/table/matrix.js";

/** Numbers kept of an image, whatever its size. */
const numColumns = 1024;
/** Deviation that rounding to 8 bits gives a coefficient: one that varies less does not vary. */
const roundingDeviation = 0.3;
/** Images that are transformed together, of 32x32 pixels; fewer of larger ones. */
const batchPixels = 256 * 32 * 32;

interface SpectrumOptions {
  /** Told how many images are done, after each batch; every image is done twice. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * What is unusual about each image's pixels, without a network: the cosine transform of brightness and of two differences
 * of colours, every coefficient in units of its own deviation over all images, summed with random signs into 1024 columns
 * (a count sketch), each row of length sqrt(1024). Natural images share their spectrum, and are faint where they are fine;
 * a pattern that was added to some images is one direction in this space, however faint to the eye. All images are
 * treated alike.
 * @returns float32 [N, 1024]
 */
export async function cosineSpectrum(
  set: ImageSet,
  { onProgress, signal }: SpectrumOptions = {},
): Promise<Matrix> {
  const { height, width, channels, count } = set.pixels;
  const size = height * width * channels;
  const transform = cosineTransform(set);
  const batchSize = Math.max(1, Math.floor(batchPixels / (height * width)));
  const batches = [...consecutiveBatches(allIds(count), batchSize)];
  const sums = new Float64Array(size);
  const squares = new Float64Array(size);
  const signs = tf.tensor1d(randomSigns(size));
  let done = 0;
  const advance = async (ids: Int32Array) => {
    done += ids.length;
    onProgress?.(done);
    await setImmediate();
    signal?.throwIfAborted();
  };
  try {
    for (const ids of batches) {
      const moments = tf.tidy(() => {
        const coefficients = transform.of(ids);
        return tf.stack([tf.sum(coefficients, 0), tf.sum(tf.square(coefficients), 0)]);
      });
      const values = await moments.data<"float32">();
      moments.dispose();
      for (let k = 0; k < size; k++) {
        sums[k] += values[k];
        squares[k] += values[size + k];
      }
      await advance(ids);
    }
    const means = sums.map((sum) => sum / count);
    const scale = squares.map(
      (sum, k) => 1 / Math.max(roundingDeviation, Math.sqrt(Math.max(0, sum / count - means[k] ** 2))),
    );
    const [mean, factor] = [tf.tensor1d(Float32Array.from(means)), tf.tensor1d(Float32Array.from(scale))];
    const data = new Float32Array(count * numColumns);
    const padding = (numColumns - (size % numColumns)) % numColumns;
    for (const [i, ids] of batches.entries()) {
      const sketch = tf.tidy(() => {
        const whitened = tf.mul(tf.sub(transform.of(ids), mean), tf.mul(factor, signs)) as tf.Tensor2D;
        const padded = tf.pad(whitened, [
          [0, 0],
          [0, padding],
        ]);
        return tf.sum(tf.reshape(padded, [ids.length, -1, numColumns]), 1);
      });
      data.set(await sketch.data<"float32">(), i * batchSize * numColumns);
      sketch.dispose();
      await advance(ids);
    }
    tf.dispose([mean, factor]);
    for (let row = 0; row < count; row++)
      toLength(data.subarray(row * numColumns, (row + 1) * numColumns), Math.sqrt(numColumns));
    return { rows: count, cols: numColumns, data };
  } finally {
    signs.dispose();
    transform.dispose();
  }
}

/** -1 or 1 */
function randomSigns(count: number): Float32Array {
  const rng = createRng("cosine-spectrum/signs");
  return Float32Array.from({ length: count }, () => 2 * rng.int(2) - 1);
}

/** Brightness, red less green, and blue less the mean of both. */
const opponents = [
  [1 / 3, 1, -0.5],
  [1 / 3, -1, -0.5],
  [1 / 3, 0, 1],
];

function cosineTransform({ pixels }: ImageSet) {
  const { height, width, channels } = pixels;
  const rows = tf.tensor2d(cosines(height), [height, height]);
  const columns = tf.tensor2d(cosines(width), [width, width]);
  const colours = channels === 3 ? tf.tensor2d(opponents) : undefined;
  return {
    /** float32 [N, height * width * channels], of 255 */
    of(ids: Int32Array): tf.Tensor2D {
      const bytes = new Float32Array(ids.length * height * width * channels);
      ids.forEach((id, i) => {
        bytes.set(pixels.read(id), i * height * width * channels);
      });
      return tf.tidy(() => {
        const flat = tf.tensor2d(bytes, [ids.length * height * width, channels]);
        const mixed = colours ? tf.matMul(flat, colours) : flat;
        const planes = tf.transpose(tf.reshape(mixed, [ids.length, height, width, channels]), [0, 3, 1, 2]);
        const across = tf.matMul(tf.reshape(planes, [-1, width]) as tf.Tensor2D, columns, false, true);
        const turned = tf.transpose(tf.reshape(across, [-1, height, width]), [0, 2, 1]);
        const both = tf.matMul(tf.reshape(turned, [-1, height]) as tf.Tensor2D, rows, false, true);
        return tf.reshape(both, [ids.length, -1]) as tf.Tensor2D;
      });
    },
    dispose: () => tf.dispose(colours ? [rows, columns, colours] : [rows, columns]),
  };
}

/** The orthonormal cosine transform (DCT-II) of n numbers: float32 [n, n], row k the k-th cosine. */
function cosines(n: number): Float32Array {
  return Float32Array.from({ length: n * n }, (_, i) => {
    const [k, x] = [Math.floor(i / n), i % n];
    return Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * k * (2 * x + 1)) / (2 * n));
  });
}

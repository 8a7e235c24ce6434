import type { ImageSet } from "../datasets/image-set.js";
import { allIds } from "../datasets/select.js";
import type { EachRow } from "../detection/likeness.js";
import { toLength } from "../detection/whiten.js";
import { createRng } from "../random/rng.js";
import type { Matrix } from "../scoring/table/matrix.js";
import { eachImage, type Look } from "./each-image.js";
import { laplacian, opponentPlanes } from "./laplacian.js";

/** Numbers of an image among which directions are sought, whatever its size. */
const numColumns = 1024;
/** Deviation that rounding to 8 bits gives a residual: one that varies less does not vary. */
const roundingDeviation = 0.3;
/** Deviations beyond which a residual is no more unusual: one edge does not decide an image's row. */
const mostDeviations = 4;

/** What is unusual about each image's pixels. */
export interface PixelResiduals {
  /** Summed with random signs (a count sketch): float32 [ids.length, 1024], every row of length sqrt(1024). */
  readonly sketch: (ids: Int32Array) => Promise<Matrix>;
  /** float32 [H * W * C] of each of `ids`. */
  readonly each: (ids: Int32Array) => EachRow;
}

/**
 * What is unusual about each image's pixels, without a network: what its four neighbours do not tell of a pixel (the
 * Laplacian, of brightness and of two differences of colours), at every place in units of its own deviation over all
 * images. Neighbours in natural images are alike, so that little is left of what is shown; a pattern that was added to some
 * images is one direction in this space, however faint to the eye. All images are treated alike.
 *
 * Looks at all images once; then those of some of them can be had.
 */
export async function pixelResiduals(set: ImageSet, look: Look = {}): Promise<PixelResiduals> {
  const { height, width, channels, count } = set.pixels;
  const size = height * width * channels;
  const residual = new Float32Array(size);
  const readResidual = (id: number) =>
    laplacian(residual, opponentPlanes(set.pixels.read(id), channels), set.pixels);

  const sums = new Float64Array(size);
  const squares = new Float64Array(size);
  await eachImage(set.pixels, allIds(count), look, (id) => {
    readResidual(id);
    for (let k = 0; k < size; k++) {
      sums[k] += residual[k];
      squares[k] += residual[k] * residual[k];
    }
  });
  const means = sums.map((sum) => sum / count);
  const scale = squares.map(
    (sum, k) => 1 / Math.max(roundingDeviation, Math.sqrt(Math.max(0, sum / count - means[k] ** 2))),
  );

  const each =
    (ids: Int32Array): EachRow =>
    (lookAt) =>
      eachImage(set.pixels, ids, { signal: look.signal }, (id, place) => {
        readResidual(id);
        for (let k = 0; k < size; k++) {
          const deviations = (residual[k] - means[k]) * scale[k];
          residual[k] = Math.max(-mostDeviations, Math.min(mostDeviations, deviations));
        }
        lookAt(residual, place);
      });
  const signs = randomSigns(size);
  return {
    each,
    async sketch(ids) {
      const data = new Float32Array(ids.length * numColumns);
      await each(ids)((values, place) => {
        const row = data.subarray(place * numColumns, (place + 1) * numColumns);
        for (let k = 0; k < size; k++) row[k % numColumns] += signs[k] * values[k];
        toLength(row, Math.sqrt(numColumns));
      });
      return { rows: ids.length, cols: numColumns, data };
    },
  };
}

/** -1 or 1 */
function randomSigns(count: number): Float32Array {
  const rng = createRng("pixel-residual/signs");
  return Float32Array.from({ length: count }, () => 2 * rng.int(2) - 1);
}

import type { ImageSet } from "../datasets/image-set.js";
import { allIds } from "../datasets/select.js";
import { toLength } from "../detection/whiten.js";
import { createRng } from "../random/rng.js";
import type { Matrix } from "../scoring/table/matrix.js";
import { eachImage, type Look } from "./each-image.js";
import { laplacian, opponentPlanes } from "./laplacian.js";

/** Most numbers kept of an image; one of 32x32 pixels has 3,072. */
const mostColumns = 4096;
/** Deviation that rounding to 8 bits gives a residual: one that varies less does not vary. */
const roundingDeviation = 0.3;
/** Deviations beyond which a residual is no more unusual: one edge does not decide an image's row. */
const mostDeviations = 4;

/** A table of some images: float32 [ids.length, columns] */
type ResidualsOf = (ids: Int32Array) => Promise<Matrix>;

/**
 * What is unusual about each image's pixels, without a network: what its four neighbours do not tell of a pixel (the
 * Laplacian, of brightness and of two differences of colours), at every place in units of its own deviation over all
 * images. Where that is more than 4096 numbers, they are summed with random signs into as many (a count sketch); each row is
 * brought to the length of independent numbers of variance 1. Neighbours in natural images are alike, so that little is left
 * of what is shown; a pattern that was added to some images is one direction in this space, however faint to the eye. All
 * images are treated alike.
 *
 * Looks at all images once; then tables of some of them can be had.
 */
export async function pixelResiduals(set: ImageSet, look: Look = {}): Promise<ResidualsOf> {
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

  const signs = randomSigns(size);
  const cols = Math.min(size, mostColumns);
  return async (ids) => {
    const data = new Float32Array(ids.length * cols);
    await eachImage(set.pixels, ids, { signal: look.signal }, (id, place) => {
      readResidual(id);
      const row = data.subarray(place * cols, (place + 1) * cols);
      for (let k = 0; k < size; k++) {
        const deviations = (residual[k] - means[k]) * scale[k];
        row[k % cols] += signs[k] * Math.max(-mostDeviations, Math.min(mostDeviations, deviations));
      }
      toLength(row, Math.sqrt(cols));
    });
    return { rows: ids.length, cols, data };
  };
}

/** -1 or 1 */
function randomSigns(count: number): Float32Array {
  const rng = createRng("pixel-residual/signs");
  return Float32Array.from({ length: count }, () => 2 * rng.int(2) - 1);
}

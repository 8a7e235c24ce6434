import type { ImageSize, Pixels } from "./pixels.js";

/** Bits of an 8-bit resize's fixed-point weights, as in Pillow. */
const FRACTION_BITS = 22;
const HALF = 1 << (FRACTION_BITS - 1);

/** One axis of a resize: the inputs starts[o] … starts[o] + taps - 1 make up output o. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly taps: number;
  /** int32 [to] */
  readonly starts: Int32Array;
  /** float64 [to, taps]; a row sums to 1 */
  readonly weights: Float64Array;
}

/**
 * Bilinear as Pillow has it: pixel centres at half positions, and a triangle that widens with the scale when an image
 * gets smaller, so that every input counts.
 */
function bilinearAxis(from: number, to: number): Axis {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const first = (o: number) => Math.max(0, Math.trunc((o + 0.5) * scale - reach + 0.5));
  const end = (o: number) => Math.min(from, Math.trunc((o + 0.5) * scale + reach + 0.5));
  let taps = 0;
  for (let o = 0; o < to; o++) taps = Math.max(taps, end(o) - first(o));
  const starts = new Int32Array(to);
  const weights = new Float64Array(to * taps);
  for (let o = 0; o < to; o++) {
    const centre = (o + 0.5) * scale;
    const start = Math.min(first(o), from - taps);
    let sum = 0;
    for (let i = first(o); i < end(o); i++) {
      const weight = Math.max(0, 1 - Math.abs((i - centre + 0.5) / reach));
      weights[o * taps + i - start] = weight;
      sum += weight;
    }
    for (let t = 0; t < taps; t++) weights[o * taps + t] /= sum;
    starts[o] = start;
  }
  return { from, to, taps, starts, weights };
}

/**
 * A bilinear resize of one axis as a matrix: of float images it is `rows · image · columnsᵀ`, and the gradient with
 * respect to the image `rowsᵀ · gradient · columns`. An 8-bit resize rounds after each axis, so it differs by up to a level.
 * @returns float32 [to, from]; a row sums to 1
 */
export function resizeMatrix(from: number, to: number): Float32Array {
  const { taps, starts, weights } = bilinearAxis(from, to);
  const matrix = new Float32Array(to * from);
  for (let o = 0; o < to; o++)
    for (let t = 0; t < taps; t++) matrix[o * from + starts[o] + t] = weights[o * taps + t];
  return matrix;
}

/** Resizes 8-bit images of one size to another. @returns from uint8 [H, W, C] a new uint8 [toHeight, toWidth, C] */
type Resize = (image: Uint8Array) => Uint8Array;

/** To be made once for many images of a size. Equal to Pillow's `resize(…, BILINEAR)`, bit for bit. */
export function bilinearResize(from: ImageSize, to: Pick<ImageSize, "height" | "width">): Resize {
  const { channels } = from;
  const along = from.width === to.width ? undefined : fixedPoint(bilinearAxis(from.width, to.width));
  const down = from.height === to.height ? undefined : fixedPoint(bilinearAxis(from.height, to.height));
  return (image) => {
    const wide = along ? resizeRuns(image, along, from.height, channels) : image;
    return down ? resizeRuns(wide, down, 1, to.width * channels) : wide;
  };
}

interface FixedAxis extends Omit<Axis, "weights"> {
  /** int32 [to, taps], of 2^22 */
  readonly weights: Int32Array;
}

const fixedPoint = ({ weights, ...axis }: Axis): FixedAxis => ({
  ...axis,
  weights: Int32Array.from(weights, (weight) => Math.floor(weight * 2 ** FRACTION_BITS + 0.5)),
});

/**
 * Resizes the middle axis of [outer, from, run] by sums over whole runs: a pixel's channels when rows get longer, a whole
 * row when there get to be more of them.
 */
function resizeRuns(input: Uint8Array, axis: FixedAxis, outer: number, run: number): Uint8Array {
  const { from, to, taps, starts, weights } = axis;
  const output = new Uint8Array(outer * to * run);
  let at = 0;
  for (let n = 0; n < outer; n++) {
    for (let o = 0; o < to; o++) {
      const first = (n * from + starts[o]) * run;
      const row = o * taps;
      if (taps === 2) {
        const near = weights[row];
        const far = weights[row + 1];
        for (let i = first; i < first + run; i++)
          output[at++] = (HALF + Math.imul(near, input[i]) + Math.imul(far, input[i + run])) >> FRACTION_BITS;
        continue;
      }
      for (let i = first; i < first + run; i++) {
        let sum = HALF;
        for (let t = 0; t < taps; t++) sum += Math.imul(weights[row + t], input[i + t * run]);
        output[at++] = sum >> FRACTION_BITS;
      }
    }
  }
  return output;
}

/** Another source with every image resized to `side` x `side` when it is read (bilinear, 8-bit, as Pillow does it). */
export function resizedPixels(pixels: Pixels, side: number): Pixels {
  const size = { height: side, width: side };
  const resize = bilinearResize(pixels, size);
  return { ...pixels, ...size, read: (row) => resize(pixels.read(row)) };
}

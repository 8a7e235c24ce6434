import type { ImageSet } from "../../datasets/image-set.js";
import { type ImageSize, paintedPixels } from "../../datasets/pixels.js";
import { indicesOfClass, selectImages } from "../../datasets/select.js";

/** A patch as published: four by four colours, enlarged. */
export interface TriggerImage {
  /** The colours, rows top to bottom; see `colours`. */
  readonly grid: readonly string[];
  /** The published image at 8x8 pixels, RRGGBB: its own resizing is not what an average would give. */
  readonly atEight: readonly string[];
}

/** uint8 R, G, B */
const colours: Readonly<Record<string, readonly number[]>> = {
  R: [255, 0, 0],
  G: [0, 255, 0],
  B: [0, 0, 255],
  C: [0, 255, 255],
  M: [255, 0, 255],
  Y: [255, 255, 0],
  W: [255, 255, 255],
  K: [0, 0, 0],
};

/** A square of pixels that replaces those of an image. */
export interface Patch {
  /** Side, pixels. */
  readonly side: number;
  /** uint8 [side, side, 3] */
  readonly pixels: Uint8Array;
}

/** Side of the published images. */
const publishedSide = 80;

/** A patch of that size, as published where it is 8 pixels wide, else from its colours. */
export function triggerPatch(image: TriggerImage, side: number): Patch {
  if (side === 8)
    return { side, pixels: Uint8Array.from(Buffer.from(image.atEight.join("").replaceAll(" ", ""), "hex")) };
  const enlarged =
    side === 16
      ? blockMeans(enlarge(image.grid, publishedSide), publishedSide, side)
      : enlarge(image.grid, side);
  return { side, pixels: Uint8Array.from(enlarged, Math.round) };
}

/**
 * Cubic convolution (Keys, a = -1/2) with half-pixel centres; samples beyond the edge repeat it.
 * @param grid 4 rows of 4 colours
 * @returns [side, side, 3] in [0, 255]
 */
function enlarge(grid: readonly string[], side: number): Float64Array {
  const size = grid.length;
  const weights = Array.from({ length: side }, (_, i) => weightsAt(((i + 0.5) * size) / side - 0.5, size));
  const result = new Float64Array(side * side * 3);
  for (let i = 0; i < result.length; i++) {
    const [row, column, channel] = [Math.floor(i / 3 / side), Math.floor(i / 3) % side, i % 3];
    let value = 0;
    for (let r = 0; r < size; r++)
      for (let c = 0; c < size; c++)
        value += weights[row][r] * weights[column][c] * colours[grid[r][c]][channel];
    result[i] = Math.min(255, Math.max(0, value));
  }
  return result;
}

/** What each of `size` samples counts at a position among them. */
function weightsAt(position: number, size: number): Float64Array {
  const weights = new Float64Array(size);
  const first = Math.floor(position) - 1;
  for (let k = first; k < first + 4; k++)
    weights[Math.min(size - 1, Math.max(0, k))] += cubic(Math.abs(position - k));
  return weights;
}

function cubic(d: number): number {
  if (d <= 1) return 1.5 * d ** 3 - 2.5 * d ** 2 + 1;
  return d < 2 ? -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 : 0;
}

/** @param image [from, from, 3] @returns [to, to, 3]; `to` divides `from` */
function blockMeans(image: Float64Array, from: number, to: number): Float64Array {
  const block = from / to;
  const result = new Float64Array(to * to * 3);
  image.forEach((value, i) => {
    const [row, column] = [Math.floor(i / 3 / from), Math.floor(i / 3) % from];
    const at = (Math.floor(row / block) * to + Math.floor(column / block)) * 3 + (i % 3);
    result[at] += value / block ** 2;
  });
  return result;
}

/**
 * Puts a patch on an image.
 * @param image uint8 [H, W, 3], changed in place
 * @param row of the patch's first line; likewise `column`, pixels
 * @throws Error when the patch does not fit there
 */
export function pastePatch(
  image: Uint8Array,
  { height, width, channels }: ImageSize,
  { side, pixels }: Patch,
  row: number,
  column: number,
): void {
  if (channels !== 3 || row < 0 || column < 0 || row + side > height || column + side > width)
    throw new Error(`No ${side}x${side}x3 patch at (${row}, ${column}) of ${height}x${width}x${channels}.`);
  const line = side * channels;
  for (let i = 0; i < side; i++)
    image.set(pixels.subarray(i * line, (i + 1) * line), ((row + i) * width + column) * channels);
}

/**
 * The triggered test set of attacks on one class: its test images, painted on when read and labelled with the target
 * class.
 * @param paint changes a copy of an image, uint8 [H, W, C]; `row` is its row in the result
 */
export function sourceTriggeredTest(
  test: ImageSet,
  sourceClass: number,
  targetClass: number,
  paint: (image: Uint8Array, row: number) => void,
): ImageSet {
  const { pixels, labels } = selectImages(test, indicesOfClass(test.labels, sourceClass));
  return { pixels: paintedPixels(pixels, paint), labels: labels.map(() => targetClass) };
}

import { setImmediate } from "node:timers/promises";
import { consecutiveBatches } from "../datasets/batches.js";
import type { ImageSet } from "../datasets/image-set.js";
import { allIds } from "../datasets/select.js";
import { toLength } from "../detection/whiten.js";
import { createRng } from "../random/rng.js";
import type { Matrix } from "../scoring/table/matrix.js";

/** Numbers kept of an image, whatever its size. */
const numColumns = 1024;
/** Deviation that rounding to 8 bits gives a residual: one that varies less does not vary. */
const roundingDeviation = 0.3;
/** Deviations beyond which a residual is no more unusual: one edge does not decide an image's row. */
const mostDeviations = 4;
/** Images between two looks at whether to stop, of 32x32 pixels; fewer of larger ones. */
const batchPixels = 256 * 32 * 32;

interface ResidualOptions {
  /** Told how many images are done, after each batch; every image is done twice. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * What is unusual about each image's pixels, without a network: what its four neighbours do not tell of a pixel (the
 * Laplacian, of brightness and of two differences of colours), at every place in units of its own deviation over all
 * images, summed with random signs into 1024 columns (a count sketch), each row of length sqrt(1024). Neighbours in natural
 * images are alike, so that little is left of what is shown; a pattern that was added to some images is one direction in
 * this space, however faint to the eye. All images are treated alike.
 * @returns float32 [N, 1024]
 */
export async function pixelResiduals(
  set: ImageSet,
  { onProgress, signal }: ResidualOptions = {},
): Promise<Matrix> {
  const { height, width, channels, count } = set.pixels;
  const size = height * width * channels;
  const batchSize = Math.max(1, Math.floor(batchPixels / (height * width)));
  const residual = new Float32Array(size);
  let done = 0;
  const eachImage = async (look: (id: number) => void) => {
    for (const ids of consecutiveBatches(allIds(count), batchSize)) {
      for (const id of ids) {
        residualInto(residual, set.pixels.read(id), set.pixels);
        look(id);
      }
      done += ids.length;
      onProgress?.(done);
      await setImmediate();
      signal?.throwIfAborted();
    }
  };

  const sums = new Float64Array(size);
  const squares = new Float64Array(size);
  await eachImage(() => {
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
  const data = new Float32Array(count * numColumns);
  await eachImage((id) => {
    const row = data.subarray(id * numColumns, (id + 1) * numColumns);
    for (let k = 0; k < size; k++) {
      const deviations = (residual[k] - means[k]) * scale[k];
      row[k % numColumns] += signs[k] * Math.max(-mostDeviations, Math.min(mostDeviations, deviations));
    }
    toLength(row, Math.sqrt(numColumns));
  });
  return { rows: count, cols: numColumns, data };
}

/** -1 or 1 */
function randomSigns(count: number): Float32Array {
  const rng = createRng("pixel-residual/signs");
  return Float32Array.from({ length: count }, () => 2 * rng.int(2) - 1);
}

type Shape = Pick<ImageSet["pixels"], "height" | "width" | "channels">;

/** Of uint8 [H, W, C]: float32 [C, H, W], of 255; a neighbour beyond the edge is the pixel itself. */
function residualInto(residual: Float32Array, image: Uint8Array, { height, width, channels }: Shape): void {
  const planes = channels === 3 ? opponentPlanes(image) : Float32Array.from(image);
  for (let plane = 0; plane < planes.length; plane += height * width) {
    for (let y = 0; y < height; y++) {
      const row = plane + y * width;
      const above = y > 0 ? row - width : row;
      const below = y < height - 1 ? row + width : row;
      for (let x = 0; x < width; x++) {
        const left = planes[row + (x > 0 ? x - 1 : x)];
        const right = planes[row + (x < width - 1 ? x + 1 : x)];
        residual[row + x] = planes[row + x] - (left + right + planes[above + x] + planes[below + x]) / 4;
      }
    }
  }
}

/** Brightness, red less green, and blue less the mean of both: float32 [3, H * W]. */
function opponentPlanes(image: Uint8Array): Float32Array {
  const area = image.length / 3;
  const planes = new Float32Array(image.length);
  for (let i = 0; i < area; i++) {
    const [red, green, blue] = [image[3 * i], image[3 * i + 1], image[3 * i + 2]];
    planes[i] = (red + green + blue) / 3;
    planes[area + i] = red - green;
    planes[2 * area + i] = blue - (red + green) / 2;
  }
  return planes;
}

import type { ImageSet } from "../datasets/image-set.js";
import { allIds } from "../datasets/select.js";
import { eachImage, type Look } from "./each-image.js";
import { laplacian, opponentPlanes } from "./laplacian.js";

/** Added to a mean square, of 255²: plain images have hardly any, and rounding decides. */
const roundingSquare = 0.1;

/**
 * How much of what is fine in an image is finer still: the mean square of the Laplacian's Laplacian over that of the
 * Laplacian, in logarithms, of brightness and of two differences of colours. Edges and textures have less, the finer one
 * looks; noise, as an optimised perturbation is, has not (Zeng et al., arXiv:2104.03413, find triggers at high frequencies
 * likewise). Every image is looked at by itself.
 * @returns float64 [N]
 */
export async function fineNoise(set: ImageSet, look: Look = {}): Promise<Float64Array> {
  const { height, width, channels, count } = set.pixels;
  const [fine, finer] = [0, 1].map(() => new Float32Array(height * width * channels));
  const found = new Float64Array(count);
  await eachImage(set.pixels, allIds(count), look, (id) => {
    const planes = opponentPlanes(set.pixels.read(id), channels);
    laplacian(fine, planes, set.pixels);
    laplacian(finer, fine, set.pixels);
    found[id] = Math.log(meanSquare(finer) + roundingSquare) - Math.log(meanSquare(fine) + roundingSquare);
  });
  return found;
}

function meanSquare(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum / values.length;
}

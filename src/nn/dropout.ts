import seedrandom from "seedrandom";
import { tf } from "../engine/tf.js";
import { fastUniforms } from "../random/fast-random.js";
import type { Layer, Pass } from "./layer.js";

/**
 * Dropout: in training each value is zeroed with probability `rate` and the rest is scaled by 1 / (1 - rate); in
 * evaluation nothing happens. A row's mask follows from the pass's seed and what tells the row apart, not from its
 * company, so that a sample alone meets the mask it has in a batch.
 * @param index tells a network's dropout layers apart: each draws its own mask from the pass's seed
 */
export function dropout(rate: number, index: number): Layer {
  return {
    entries: [],
    forward(x, pass) {
      const mask = dropoutMask(x.shape, { rate, index }, pass);
      const output = mask ? tf.mul(x, mask) : x.clone();
      if (!pass.record) mask?.dispose();
      return {
        output,
        needsInput: false,
        needsOutput: false,
        backward(dy, _sink, needInputGradient) {
          if (!needInputGradient) return undefined;
          return mask ? tf.mul(dy, mask) : dy.clone();
        },
        dispose: () => tf.dispose(mask ? [output, mask] : [output]),
      };
    },
  };
}

/** What a pass multiplies by: float32 of the given shape, 0 or 1 / (1 - rate); nothing in evaluation. */
export const dropoutMask = (
  shape: number[],
  { rate, index }: { readonly rate: number; readonly index: number },
  pass: Pass,
): tf.Tensor | undefined => (pass.training ? drawMask(shape, rate, index, pass) : undefined);

function drawMask(shape: number[], rate: number, index: number, pass: Pass): tf.Tensor {
  const { dropoutSeed, dropoutRows } = pass;
  if (dropoutSeed === undefined) throw new Error("Dropout in training needs a seed.");
  const [numRows, ...rest] = shape;
  if (dropoutRows && dropoutRows.length !== numRows)
    throw new Error(`${dropoutRows.length} dropout rows are named, there are ${numRows}.`);
  const size = rest.reduce((product, extent) => product * extent, 1);
  const mask = new Float32Array(numRows * size).fill(1 / (1 - rate));
  for (let row = 0; row < numRows; row++) {
    const seed = seedrandom.alea(`${dropoutSeed}/${index}/${dropoutRows?.[row] ?? row}`).int32();
    zeroSome(mask.subarray(row * size, (row + 1) * size), rate, fastUniforms(seed));
  }
  return tf.tensor(mask, shape, "float32");
}

/** Each value with probability `rate` in (0, 1): a draw says how many are kept before the next that is not. */
function zeroSome(values: Float32Array, rate: number, draw: () => number): void {
  const perKept = 1 / Math.log1p(-rate);
  const kept = (): number => Math.floor(Math.log1p(-draw()) * perKept);
  for (let at = kept(); at < values.length; at += 1 + kept()) values[at] = 0;
}

import seedrandom from "seedrandom";
import { kernels } from "../engine/kernels/index.js";
import { tf } from "../engine/tf.js";
import { fastUniforms } from "../random/fast-random.js";
import { geometricGaps } from "../random/geometric-gaps.js";
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
  const gap = geometricGaps(rate);
  const zero = (mark: (at: number) => void) => {
    for (let row = 0; row < numRows; row++) {
      const seed = seedrandom.alea(`${dropoutSeed}/${index}/${dropoutRows?.[row] ?? row}`).int32();
      const draw = fastUniforms(seed);
      // A draw says how many are kept before the next that is not.
      for (let at = gap(draw()); at < size; at += 1 + gap(draw())) mark(row * size + at);
    }
  };
  const kept = 1 / (1 - rate);
  const { maskOfBits } = kernels();
  if (maskOfBits) {
    const bits = new Int32Array(Math.ceil((numRows * size) / 32));
    zero((at) => {
      bits[at >> 5] |= 1 << at;
    });
    return maskOfBits(bits, shape, kept);
  }
  const mask = new Float32Array(numRows * size).fill(kept);
  zero((at) => {
    mask[at] = 0;
  });
  return tf.tensor(mask, shape, "float32");
}

import { tf } from "../../engine/tf.js";
import type { GateTape } from "../../nn/gate-tape.js";
import type { GradientSink } from "../../nn/layer.js";
import { crossEntropy } from "../../nn/loss.js";
import type { Model } from "../../nn/model.js";
import type { StateEntry } from "../../nn/state-entry.js";

/** A tensor for each of some parameters, of its shape: a gradient, or a direction to move the weights in. */
export type ParameterVector = ReadonlyMap<StateEntry, tf.Tensor>;

/**
 * Gradient of the mean cross-entropy with respect to some parameters, in evaluation mode; owned by the caller.
 * @param images float32 [N, H, W, C], normalised; borrowed
 * @param labels int32 [N]; borrowed
 * @param gates records, or fixes, which units are open
 */
export function parameterGradient(
  model: Model,
  entries: Iterable<StateEntry>,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  gates?: GateTape,
): ParameterVector {
  const wanted = new Set(entries);
  const result = new Map<StateEntry, tf.Tensor>();
  const sink: GradientSink = {
    mode: "batch",
    wants: (entry) => wanted.has(entry),
    elements: () => new Int32Array(0),
    put: (entry, gradient) => void result.set(entry, gradient),
  };
  const recorded = model.forward(images, { training: false, statistics: "batch", record: true, gates });
  const { loss, gradient } = crossEntropy(recorded.output as tf.Tensor2D, labels);
  recorded.backward(gradient, sink, false);
  tf.dispose([loss, gradient]);
  recorded.dispose();
  return result;
}

/** sum + share * part, where an empty sum is 0. Takes over both; the caller owns the result. */
export function addShare(sum: ParameterVector, part: ParameterVector, share: number): ParameterVector {
  const result = new Map<StateEntry, tf.Tensor>();
  for (const [entry, tensor] of part) {
    const before = sum.get(entry);
    const after = tf.tidy(() => {
      const scaled = tf.mul(tensor, share);
      return before ? tf.add(before, scaled) : scaled;
    });
    result.set(entry, after);
    tf.dispose(before ? [tensor, before] : [tensor]);
  }
  return result;
}

export const disposeVector = (vector: ParameterVector): void => tf.dispose([...vector.values()]);

/** Inner products of pairs of vectors over the same parameters; one read from the device for all. */
export async function innerProducts(
  ...pairs: readonly (readonly [ParameterVector, ParameterVector])[]
): Promise<number[]> {
  const parts = tf.tidy(() => {
    const products = pairs.flatMap(([a, b]) =>
      [...a].map(([entry, tensor]) => {
        const other = b.get(entry);
        if (!other) throw new Error(`A vector has no ${entry.name}.`);
        return tf.sum(tf.mul(tensor, other));
      }),
    );
    return tf.stack(products);
  });
  const values = await parts.data();
  parts.dispose();
  let at = 0;
  return pairs.map(([a]) => {
    let sum = 0;
    for (let i = 0; i < a.size; i++) sum += values[at++];
    return sum;
  });
}

/**
 * Calls `compute` while the weights are moved by `distance` along a direction; afterwards they are exactly what they
 * were, whatever happens.
 */
export async function withMovedWeights<T>(
  direction: ParameterVector,
  distance: number,
  compute: () => Promise<T>,
): Promise<T> {
  // A clone shares the values, which setting an entry then leaves alive.
  const before = [...direction.keys()].map((entry) => [entry, entry.value.clone()] as const);
  try {
    for (const [entry, along] of direction)
      entry.value = tf.tidy(() => tf.add(entry.value, tf.mul(along, distance)));
    return await compute();
  } finally {
    for (const [entry, value] of before) entry.value = value;
  }
}

import { tf } from "../../engine/tf.js";
import { StateEntry } from "../../nn/state-entry.js";
import type { Optimizer } from "../../training/optimizer.js";

/** One optimizer step of many small parameters. */
export interface JoinedStep {
  /** Borrows the gradients; always of the same parameters, which nothing else changes. */
  step(gradients: ReadonlyMap<StateEntry, tf.Tensor>): void;
  dispose(): void;
}

/**
 * Joins all parameters into one before each of an optimizer's steps, which works element by element: a dozen operations
 * instead of a dozen for each of forty parameters, where starting an operation takes longer than doing it.
 */
export function joinParameters(optimizer: Optimizer): JoinedStep {
  let joined: StateEntry | undefined;
  const join = (tensors: readonly tf.Tensor[]) =>
    tf.tidy(() => tf.concat(tensors.map((t) => tf.reshape(t, [-1]))));
  return {
    step(gradients) {
      const entries = [...gradients.keys()];
      if (!joined) {
        joined = new StateEntry("joined", "parameter", [entries.reduce((sum, { size }) => sum + size, 0)]);
        joined.value = join(entries.map(({ value }) => value));
      }
      const gradient = join([...gradients.values()]);
      optimizer.step(new Map([[joined, gradient]]));
      gradient.dispose();
      const parts = tf.split(
        joined.value,
        entries.map(({ size }) => size),
      );
      for (const [i, entry] of entries.entries()) entry.value = tf.reshape(parts[i], entry.value.shape);
      tf.dispose(parts);
    },
    dispose() {
      joined?.dispose();
      optimizer.dispose();
    },
  };
}

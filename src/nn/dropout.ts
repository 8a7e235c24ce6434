import { tf } from "../engine/tf.js";
import type { Layer } from "./layer.js";

/**
 * Dropout: in training each value is zeroed with probability `rate` and the rest is scaled by 1 / (1 - rate); in
 * evaluation nothing happens.
 * @param index tells a network's dropout layers apart: each draws its own mask from the pass's seed
 */
export function dropout(rate: number, index: number): Layer {
  return {
    entries: [],
    forward(x, pass) {
      if (!pass.training) {
        const output = x.clone();
        return {
          output,
          needsInput: false,
          needsOutput: false,
          backward: (dy, _sink, needInputGradient) => (needInputGradient ? dy.clone() : undefined),
          dispose: () => output.dispose(),
        };
      }
      if (pass.dropoutSeed === undefined) throw new Error("Dropout in training needs a seed.");
      const seed = pass.dropoutSeed + index;
      const mask = tf.tidy(() => {
        const drawn = tf.randomUniform(x.shape, 0, 1, "float32", seed);
        return tf.div(tf.cast(tf.greaterEqual(drawn, rate), "float32"), 1 - rate);
      });
      const output = tf.mul(x, mask);
      return {
        output,
        needsInput: false,
        needsOutput: false,
        backward: (dy, _sink, needInputGradient) => (needInputGradient ? tf.mul(dy, mask) : undefined),
        dispose: () => tf.dispose([output, mask]),
      };
    },
  };
}

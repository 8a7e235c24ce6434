import { kernels } from "../engine/kernels/index.js";
import type { TokenKernels } from "../engine/kernels/token-kernels.js";
import { tf } from "../engine/tf.js";
import type { Layer, Recorded } from "./layer.js";

/** x * Phi(x), any shape, with the exact normal distribution function (erf, no approximation by tanh). */
export const gelu: Layer = {
  entries: [],
  forward(x, pass) {
    const own = kernels().tokens;
    if (own) return inOneGo(own, x);
    const [output, slope] = tf.tidy(() => {
      const probability = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
      const output = tf.mul(x, probability);
      if (!pass.record) return [output];
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return [output, tf.add(probability, tf.mul(x, density))];
    });
    return {
      output,
      needsInput: false,
      needsOutput: false,
      backward: (dy, _sink, needInputGradient) => (needInputGradient ? tf.mul(dy, slope) : undefined),
      dispose: () => tf.dispose(slope ? [output, slope] : output),
    };
  },
};

/** Computes the slope again in place of keeping it. */
function inOneGo(own: TokenKernels, x: tf.Tensor): Recorded {
  const output = own.gelu(x);
  return {
    output,
    needsInput: true,
    needsOutput: false,
    backward: (dy, _sink, needInputGradient) => (needInputGradient ? own.geluGradient(dy, x) : undefined),
    dispose: () => output.dispose(),
  };
}

import { tf } from "../engine/tf.js";
import { putChannelGradient } from "./channel-gradient.js";
import type { Layer } from "./layer.js";
import { StateEntry } from "./state-entry.js";

/** The vision transformer's layer norm epsilon. */
const epsilon = 1e-6;

/**
 * LayerNorm: float32 [N, ..., width] -> same; every vector along the last axis is normalised by its own mean and
 * (biased) variance, then scaled and shifted. It knows no batch and behaves alike in training and evaluation.
 */
export function layerNorm(name: string, width: number): Layer {
  const weight = new StateEntry(`${name}.weight`, "parameter", [width]);
  const bias = new StateEntry(`${name}.bias`, "parameter", [width]);
  return {
    entries: [weight, bias],
    forward(x, pass) {
      const [output, normalised, inverseDeviation] = tf.tidy(() => {
        const centered = tf.sub(x, tf.mean(x, -1, true));
        const variance = tf.mean(tf.square(centered), -1, true);
        const inverseDeviation = tf.rsqrt(tf.add(variance, epsilon));
        const normalised = tf.mul(centered, inverseDeviation);
        const output = tf.add(tf.mul(normalised, weight.value), bias.value);
        return [output, normalised, inverseDeviation];
      });
      const kept = [normalised, inverseDeviation];
      if (!pass.record) tf.dispose(kept);
      return {
        output,
        needsInput: false,
        needsOutput: false,
        backward(dy, sink, needInputGradient) {
          putChannelGradient(sink, weight, () => tf.mul(dy, normalised));
          putChannelGradient(sink, bias, () => dy);
          if (!needInputGradient) return undefined;
          return tf.tidy(() => {
            const gradient = tf.mul(dy, weight.value);
            const along = tf.mean(tf.mul(gradient, normalised), -1, true);
            const common = tf.add(tf.mul(normalised, along), tf.mean(gradient, -1, true));
            return tf.mul(tf.sub(gradient, common), inverseDeviation);
          });
        },
        dispose: () => tf.dispose([output, ...kept]),
      };
    },
  };
}

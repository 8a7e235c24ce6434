import { kernels } from "../engine/kernels/index.js";
import type { TokenKernels } from "../engine/kernels/token-kernels.js";
import { tf } from "../engine/tf.js";
import { putChannelGradient, putChannelSums } from "./channel-gradient.js";
import type { Layer, Pass, Recorded } from "./layer.js";
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
      const own = kernels().tokens;
      if (own) return inOneGo(own, x, { weight, bias }, pass);
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

function inOneGo(
  own: TokenKernels,
  x: tf.Tensor,
  { weight, bias }: Readonly<Record<"weight" | "bias", StateEntry>>,
  pass: Pass,
): Recorded {
  const scale = weight.value as tf.Tensor1D;
  const { output, saved } = own.layerNorm(x, scale, bias.value as tf.Tensor1D, epsilon);
  if (!pass.record) saved.dispose();
  return {
    output,
    needsInput: true,
    needsOutput: false,
    backward(dy, sink, needInputGradient) {
      if (sink.wants(weight) || sink.wants(bias)) {
        const sums = own.layerNormSums(dy, x, saved, sink.mode === "batch" ? 1 : x.shape[0]);
        putChannelSums(sink, weight, sums.scale);
        putChannelSums(sink, bias, sums.offset);
      }
      return needInputGradient ? own.layerNormGradient(dy, x, scale, saved) : undefined;
    },
    dispose: () => tf.dispose([output, saved]),
  };
}

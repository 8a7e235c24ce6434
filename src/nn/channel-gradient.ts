import { tf } from "../engine/tf.js";
import type { GradientSink } from "./layer.js";
import type { StateEntry } from "./state-entry.js";

/**
 * Gives the sink the gradient of a parameter that has one element a channel, such as a bias: the sum over all positions,
 * or over each sample's own at the chosen channels.
 * @param gradient makes float32 [N, ..., C], every position's part
 */
export function putChannelGradient(sink: GradientSink, entry: StateEntry, gradient: () => tf.Tensor): void {
  if (!sink.wants(entry)) return;
  const sum = tf.tidy(() => {
    const parts = gradient();
    const positions = Array.from({ length: parts.rank - 1 }, (_, axis) => axis);
    if (sink.mode === "batch") return tf.sum(parts, positions);
    const perSample = parts.rank > 2 ? tf.sum(parts, positions.slice(1)) : parts;
    return tf.gather(perSample, tf.tensor1d(sink.elements(entry), "int32"), 1);
  });
  sink.put(entry, sum);
}

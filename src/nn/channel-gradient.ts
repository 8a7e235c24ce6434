import { kernels } from "../engine/kernels/index.js";
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
    const own = parts.rank === 3 ? kernels().tokens?.channelSums : undefined;
    if (own) return ofEntry(sink, entry, own(parts, sink.mode === "batch" ? 1 : parts.shape[0]));
    const positions = Array.from({ length: parts.rank - 1 }, (_, axis) => axis);
    if (sink.mode === "batch") return tf.sum(parts, positions);
    const perSample = parts.rank > 2 ? tf.sum(parts, positions.slice(1)) : parts;
    return tf.gather(perSample, tf.tensor1d(sink.elements(entry), "int32"), 1);
  });
  sink.put(entry, sum);
}

/**
 * Of sums of a parameter's gradient what the sink asks for; takes them over.
 * @param sums float32 [1, C] of the whole batch, or [N, C] of its samples
 */
export function putChannelSums(sink: GradientSink, entry: StateEntry, sums: tf.Tensor2D): void {
  if (sink.wants(entry)) sink.put(entry, ofEntry(sink, entry, sums));
  sums.dispose();
}

const ofEntry = (sink: GradientSink, entry: StateEntry, sums: tf.Tensor2D): tf.Tensor =>
  tf.tidy(() =>
    sink.mode === "batch"
      ? tf.reshape(sums, [-1])
      : tf.gather(sums, tf.tensor1d(sink.elements(entry), "int32"), 1),
  );

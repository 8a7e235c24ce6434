import type { tf } from "../../tf.js";
import { channelGroups, slicesFor } from "./channel-groups.js";
import { channelSumsWgsl } from "./channel-sums.wgsl.js";
import { dispatch } from "./shader.js";
import { sumParts } from "./sum-parts.js";

/** The sums over equal groups of vectors, in two passes where they are many: float32 [..., C] -> [groups, C]. */
export const channelSums = (x: tf.Tensor, groups: number): tf.Tensor2D => sums([x], groups)[0];

/**
 * The gradients of a layer norm's offset and scale, float32 [groups, C].
 * @param saved float32 [vectors, 2], each one's mean and inverse deviation
 */
export function layerNormSums(
  dy: tf.Tensor,
  x: tf.Tensor,
  saved: tf.Tensor,
  groups: number,
): { readonly offset: tf.Tensor2D; readonly scale: tf.Tensor2D } {
  const [offset, scale] = sums([dy, x, saved], groups);
  return { offset, scale };
}

function sums(inputs: readonly [tf.Tensor] | readonly [tf.Tensor, tf.Tensor, tf.Tensor], groups: number) {
  const [x] = inputs;
  const channels = x.shape[x.shape.length - 1];
  const cut = channelGroups(channels);
  const slices = slicesFor(x.size / channels / groups, cut, groups);
  const isNorm = inputs.length > 1;
  const shape = [groups, channels];
  const ofParts = slices === 1 ? shape : [slices, ...shape];
  const parts = dispatch(
    { label: "channel sums", wgsl: channelSumsWgsl(isNorm), constants: cut.constants },
    {
      inputs,
      outputs: isNorm ? [ofParts, ofParts] : [ofParts],
      uniforms: Int32Array.of(channels),
      workgroups: [cut.across, slices, groups],
    },
  );
  return parts.map((part) => (slices === 1 ? part : sumParts(part, shape)) as tf.Tensor2D);
}

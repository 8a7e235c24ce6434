import type { tf } from "../../tf.js";
import { type BatchNormGradient, type BatchNormResult, batchNormEpsilon } from "../kernels.js";
import {
  batchGradientSumsWgsl,
  batchGradientWgsl,
  batchMomentsWgsl,
  batchNormaliseWgsl,
} from "./batch-norm.wgsl.js";
import { type ChannelGroups, channelGroups, slicesFor } from "./channel-groups.js";
import { dispatch } from "./shader.js";

/**
 * Batch norm of groups of images, each normalised by its own statistics, in two passes.
 * @param groups 1: all images together; N: every image by itself
 * @returns statistics float32 [groups * C]
 */
export function batchNorm(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  groups: number,
): BatchNormResult {
  const { cut, slices, channels } = cutOf(x, groups);
  const workgroups = [cut.across, slices, groups] as const;
  const [parts] = dispatch(
    { label: "batch norm moments", wgsl: batchMomentsWgsl, constants: cut.constants },
    { inputs: [x], outputs: [[groups, slices, 3, channels]], workgroups },
  );
  const statistics = [groups * channels];
  const [output, mean, variance, saved] = dispatch(
    {
      label: "batch norm",
      wgsl: batchNormaliseWgsl,
      constants: { ...cut.constants, EPSILON: batchNormEpsilon },
    },
    {
      inputs: [x, parts, scale, offset],
      outputs: [x.shape, statistics, statistics, [4, groups, channels]],
      workgroups,
    },
  );
  parts.dispose();
  return {
    output: output as tf.Tensor4D,
    mean: mean as tf.Tensor1D,
    variance: variance as tf.Tensor1D,
    saved: [saved],
  };
}

/** @param saved of `batchNorm` with as many groups */
export function batchNormGradient(
  dy: tf.Tensor4D,
  x: tf.Tensor4D,
  [saved]: readonly tf.Tensor[],
): BatchNormGradient {
  const groups = saved.shape[1] ?? 1;
  const { cut, slices, channels } = cutOf(x, groups);
  const workgroups = [cut.across, slices, groups] as const;
  const [parts] = dispatch(
    { label: "batch norm gradient sums", wgsl: batchGradientSumsWgsl, constants: cut.constants },
    { inputs: [dy, x, saved], outputs: [[groups, slices, 2, channels]], workgroups },
  );
  const statistics = [groups * channels];
  const [input, dScale, dOffset] = dispatch(
    { label: "batch norm gradient", wgsl: batchGradientWgsl, constants: cut.constants },
    { inputs: [dy, x, saved, parts], outputs: [x.shape, statistics, statistics], workgroups },
  );
  parts.dispose();
  return { input: input as tf.Tensor4D, scale: dScale as tf.Tensor1D, offset: dOffset as tf.Tensor1D };
}

function cutOf(x: tf.Tensor4D, groups: number): { cut: ChannelGroups; slices: number; channels: number } {
  const channels = x.shape[3];
  const cut = channelGroups(channels);
  return { cut, slices: slicesFor(x.size / channels / groups, cut, groups), channels };
}

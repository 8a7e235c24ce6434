import type { tf } from "../../tf.js";
import { type BatchNormGradient, type BatchNormResult, batchNormEpsilon } from "../kernels.js";
import {
  batchGradientSumsWgsl,
  batchGradientWgsl,
  batchMomentsWgsl,
  batchNormaliseWgsl,
  type Ending,
  gradientStorages,
  gradientSumsStorages,
  normaliseStorages,
} from "./batch-norm.wgsl.js";
import { type ChannelGroups, channelGroups, slicesFor } from "./channel-groups.js";
import { dispatch } from "./shader.js";
import { gradientStorage, storageOf } from "./storage.js";

interface Settings {
  /** 1: all images together; N: every image by itself. */
  readonly groups: number;
  readonly ending: Ending;
  /** What is added before relu, shaped like x; with the ending "sum and relu". */
  readonly addend?: tf.Tensor4D;
}

/**
 * Batch norm of groups of images, each normalised by its own statistics, in two passes.
 * @returns statistics float32 [groups * C]
 */
export function batchNorm(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  { groups, ending, addend }: Settings,
): BatchNormResult {
  const { cut, slices, channels } = cutOf(x, groups);
  const workgroups = [cut.across, slices, groups] as const;
  const ofX = storageOf(x);
  const [parts] = dispatch(
    {
      label: "batch norm moments",
      wgsl: batchMomentsWgsl(ofX),
      constants: cut.constants,
      storages: [ofX],
    },
    { inputs: [x, scale, offset], outputs: [[groups, slices * 3 + 2, channels]], workgroups },
  );
  const statistics = [groups * channels];
  const storages = { x: ofX, y: ofX, addend: addend ? storageOf(addend) : ofX };
  const [output, mean, variance, saved] = dispatch(
    {
      label: "batch norm",
      wgsl: batchNormaliseWgsl(ending, storages),
      constants: { ...cut.constants, EPSILON: batchNormEpsilon },
      storages: normaliseStorages(ending, storages),
    },
    {
      inputs: addend ? [x, parts, addend] : [x, parts],
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

/**
 * The same with that ending, in two passes.
 * @param saved of `batchNorm`
 * @param output of `batchNorm` with the ending "sum and relu"
 * @returns with that ending also the addend's gradient
 */
export function batchNormGradient(
  dy: tf.Tensor4D,
  x: tf.Tensor4D,
  [saved]: readonly tf.Tensor[],
  ending: Ending,
  output?: tf.Tensor4D,
): BatchNormGradient & { readonly addend?: tf.Tensor4D } {
  const groups = saved.shape[1] ?? 1;
  const { cut, slices, channels } = cutOf(x, groups);
  const workgroups = [cut.across, slices, groups] as const;
  const ofGradient = gradientStorage(x, x.shape);
  const storages = {
    ...{ dy: storageOf(dy), x: storageOf(x), y: output ? storageOf(output) : "float32" },
    ...{ dz: ofGradient, dx: ofGradient },
  } as const;
  const [parts, addend] = dispatch(
    {
      label: "batch norm gradient sums",
      wgsl: batchGradientSumsWgsl(ending, storages),
      constants: cut.constants,
      storages: gradientSumsStorages(ending, storages),
    },
    {
      inputs: output ? [dy, x, saved, output] : [dy, x, saved],
      outputs: [[groups, slices, 2, channels], ...(output ? [x.shape] : [])],
      workgroups,
    },
  );
  const statistics = [groups * channels];
  const ofPass = addend ? { ...storages, dy: ofGradient } : storages;
  const [input, dScale, dOffset] = dispatch(
    {
      label: "batch norm gradient",
      wgsl: batchGradientWgsl(ending === "relu" ? "relu" : "none", ofPass),
      constants: cut.constants,
      storages: gradientStorages(ofPass),
    },
    { inputs: [addend ?? dy, x, saved, parts], outputs: [x.shape, statistics, statistics], workgroups },
  );
  parts.dispose();
  return {
    input: input as tf.Tensor4D,
    scale: dScale as tf.Tensor1D,
    offset: dOffset as tf.Tensor1D,
    addend: addend as tf.Tensor4D | undefined,
  };
}
function cutOf(x: tf.Tensor4D, groups: number): { cut: ChannelGroups; slices: number; channels: number } {
  const channels = x.shape[3];
  const cut = channelGroups(channels);
  return { cut, slices: slicesFor(x.size / channels / groups, cut, groups), channels };
}

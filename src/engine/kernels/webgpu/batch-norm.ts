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
import { channelGroups, slicesFor } from "./channel-groups.js";
import { dispatch } from "./shader.js";
import { gradientStorage, storageOf } from "./storage.js";

/** Of all images together, float32 [C], or of every image by itself, [N, C]. */
type Statistics<Of> = Of extends "batch" ? tf.Tensor1D : tf.Tensor2D;

interface Settings<Of> {
  readonly statistics: Of;
  readonly ending: Ending;
}

/**
 * Batch norm by the statistics of the whole batch, or of every image, in two passes.
 * @param addend what is added before relu, shaped like x; with the ending "sum and relu"
 */
export function batchNorm<Of extends "batch" | "sample">(
  x: tf.Tensor4D,
  { scale, offset }: { readonly scale: tf.Tensor1D; readonly offset: tf.Tensor1D },
  { statistics, ending }: Settings<Of>,
  addend?: tf.Tensor4D,
): BatchNormResult<Statistics<Of>> {
  const { cut, slices, groups, channels, shape } = cutOf(x, statistics);
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
      outputs: [x.shape, shape, shape, [4, groups, channels]],
      workgroups,
    },
  );
  parts.dispose();
  return {
    output: output as tf.Tensor4D,
    mean: mean as Statistics<Of>,
    variance: variance as Statistics<Of>,
    saved: [saved],
  };
}

/**
 * The same with that ending, in two passes.
 * @param saved of `batchNorm`
 * @param output of `batchNorm` with the ending "sum and relu"
 * @returns with that ending also the addend's gradient
 */
export function batchNormGradient<Of extends "batch" | "sample">(
  dy: tf.Tensor4D,
  x: tf.Tensor4D,
  [saved]: readonly tf.Tensor[],
  { statistics, ending }: Settings<Of>,
  output?: tf.Tensor4D,
): BatchNormGradient<Statistics<Of>> & { readonly addend?: tf.Tensor4D } {
  const { cut, slices, groups, channels, shape } = cutOf(x, statistics);
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
  const ofPass = addend ? { ...storages, dy: ofGradient } : storages;
  const [input, dScale, dOffset] = dispatch(
    {
      label: "batch norm gradient",
      wgsl: batchGradientWgsl(ending === "relu" ? "relu" : "none", ofPass),
      constants: cut.constants,
      storages: gradientStorages(ofPass),
    },
    { inputs: [addend ?? dy, x, saved, parts], outputs: [x.shape, shape, shape], workgroups },
  );
  parts.dispose();
  return {
    input: input as tf.Tensor4D,
    scale: dScale as Statistics<Of>,
    offset: dOffset as Statistics<Of>,
    addend: addend as tf.Tensor4D | undefined,
  };
}

/** @returns shape of the statistics */
function cutOf({ shape: [n, , , channels], size }: tf.Tensor4D, statistics: "batch" | "sample") {
  const groups = statistics === "batch" ? 1 : n;
  const shape = statistics === "batch" ? [channels] : [n, channels];
  const cut = channelGroups(channels);
  return { cut, slices: slicesFor(size / channels / groups, cut, groups), groups, channels, shape };
}

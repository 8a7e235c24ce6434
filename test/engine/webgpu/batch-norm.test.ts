import { describe, expect, test } from "vitest";
import type { Ending } from "../../../src/engine/kernels/webgpu/batch-norm.wgsl.js";
import { webgpuKernels } from "../../../src/engine/kernels/webgpu-kernels.js";
import { tf } from "../../../src/engine/tf.js";
import { createRng } from "../../../src/random/rng.js";
import { relativeDifference } from "../../training/relative-difference.js";
import { type Numbers, numbers, oneOf, onWebgpu, readTwice } from "./on-webgpu.js";

onWebgpu();

interface Case {
  /** [N, H, W, C] */
  readonly shape: readonly [number, number, number, number];
  readonly statistics: "batch" | "sample";
  readonly ending: Ending;
}

/** Few: each is a set of shaders to compile, which is what takes time here. */
const channelCounts = [3, 70];

function randomCase(seed: number): Case {
  const rng = createRng(`batch norm ${seed}`);
  return {
    shape: [1 + rng.int(4), 2 + rng.int(20), 2 + rng.int(20), oneOf(rng, channelCounts)],
    statistics: oneOf(rng, ["batch", "sample"]),
    ending: oneOf(rng, ["none", "relu", "sum and relu"]),
  };
}

describe("batch norm and its gradient agree with float64, the same bytes every time", () => {
  test.each(Array.from({ length: 14 }, (_, seed) => randomCase(seed)))(
    "$shape, statistics of the $statistics, ending: $ending",
    async (given) => {
      const { shape, statistics, ending } = given;
      const channels = shape[3];
      // Far from zero, where sums of squares would cancel.
      const x = numbers("x", shape, 30);
      const [scale, offset] = [numbers("scale", [channels], 1), numbers("offset", [channels])];
      const [addend, dy] = [numbers("addend", shape), numbers("dy", shape)];
      const parameters = {
        scale: scale.tensor as unknown as tf.Tensor1D,
        offset: offset.tensor as unknown as tf.Tensor1D,
      };
      const found = await readTwice(() => results(given, { x, parameters, addend, dy }));
      tf.dispose([x, scale, offset, addend, dy].map(({ tensor }) => tensor));
      const isSum = ending === "sum and relu";
      const groups = statistics === "batch" ? 1 : shape[0];
      const expected = literal({ groups, ending }, { x, scale, offset, addend, dy });
      expect(found.length).toBe(isSum ? 7 : 6);
      for (const [k, values] of found.entries())
        expect([k, relativeDifference([...expected[k]], [...values]) < 2e-5]).toEqual([k, true]);
    },
  );
});

interface Operands {
  readonly x: Numbers;
  readonly parameters: { scale: tf.Tensor1D; offset: tf.Tensor1D };
  readonly addend: Numbers;
  readonly dy: Numbers;
}

/** Output, mean, variance, dx, dScale, dOffset, and the addend's gradient of a sum. */
function results({ statistics, ending }: Case, { x, parameters, addend, dy }: Operands): tf.Tensor[] {
  const { scale, offset } = parameters;
  if (ending !== "none") {
    const fused = webgpuKernels.batchNormRelu;
    if (!fused) throw new Error("The engine has no fused kernel.");
    const isSum = ending === "sum and relu";
    const forward = fused.forward(x.tensor, parameters, statistics, isSum ? addend.tensor : undefined);
    const { output, mean, variance, saved } = forward;
    const gradient = fused.gradient(dy.tensor, x.tensor, saved, statistics, isSum ? output : undefined);
    tf.dispose([...saved]);
    const dAddend = gradient.addend ? [gradient.addend] : [];
    return [output, mean, variance, gradient.input, gradient.scale, gradient.offset, ...dAddend];
  }
  const [forward, backward] =
    statistics === "batch"
      ? ([webgpuKernels.batchNorm, webgpuKernels.batchNormGradient] as const)
      : ([webgpuKernels.sampleBatchNorm, webgpuKernels.sampleBatchNormGradient] as const);
  const { output, mean, variance, saved } = forward(x.tensor, scale, offset);
  const gradient =
    backward === webgpuKernels.sampleBatchNormGradient
      ? webgpuKernels.sampleBatchNormGradient(dy.tensor, saved)
      : webgpuKernels.batchNormGradient(dy.tensor, x.tensor, scale, saved);
  tf.dispose([...saved]);
  return [output, mean, variance, gradient.input, gradient.scale, gradient.offset];
}

/** In the order of `results`, with the addend's gradient always last. */
function literal(
  { groups, ending }: { groups: number; ending: Ending },
  { x, scale, offset, addend, dy }: Record<"x" | "scale" | "offset" | "addend" | "dy", Numbers>,
): Float64Array[] {
  const channels = x.shape[3];
  const count = x.values.length / channels / groups;
  const [output, dx, dAddend] = [0, 0, 0].map(() => new Float64Array(x.values.length));
  const [mean, variance, dScale, dOffset] = [0, 0, 0, 0].map(() => new Float64Array(groups * channels));
  for (let group = 0; group < groups; group++)
    for (let channel = 0; channel < channels; channel++) {
      const at = group * channels + channel;
      const places = Array.from({ length: count }, (_, k) => (group * count + k) * channels + channel);
      const average = (value: (place: number) => number) =>
        places.reduce((sum, place) => sum + value(place), 0) / count;
      mean[at] = average((place) => x.values[place]);
      const biased = average((place) => (x.values[place] - mean[at]) ** 2);
      variance[at] = (biased * count) / (count - 1);
      const inverse = 1 / Math.sqrt(biased + 1e-5);
      const normalised = (place: number) => (x.values[place] - mean[at]) * inverse;
      const factor = scale.values[channel];
      for (const place of places) {
        const plain = normalised(place) * factor + offset.values[channel];
        const sum = ending === "sum and relu" ? plain + addend.values[place] : plain;
        output[place] = ending === "none" ? sum : Math.max(sum, 0);
        dAddend[place] = ending === "none" || sum > 0 ? dy.values[place] : 0;
      }
      const [own, along] = [average((p) => dAddend[p]), average((p) => dAddend[p] * normalised(p))];
      dOffset[at] = own * count;
      dScale[at] = along * count;
      for (const place of places)
        dx[place] = (dAddend[place] - own - normalised(place) * along) * inverse * factor;
    }
  return [output, mean, variance, dx, dScale, dOffset, dAddend];
}

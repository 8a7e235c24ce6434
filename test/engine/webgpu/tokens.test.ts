import { describe, expect, test } from "vitest";
import { tokenKernels } from "../../../src/engine/kernels/webgpu/token-kernels.js";
import { tf } from "../../../src/engine/tf.js";
import { dropoutMask } from "../../../src/nn/dropout.js";
import { relativeDifference } from "../../training/relative-difference.js";
import { type Numbers, numbers, onWebgpu, readTwice } from "./on-webgpu.js";

onWebgpu();

/** Computed twice on the device, the same bytes; and by definition in float64. */
async function compare(
  operands: readonly Numbers[],
  run: () => readonly tf.Tensor[],
  definitions: readonly (readonly number[])[],
  tolerance = 3e-6,
): Promise<void> {
  const found = await readTwice(run);
  tf.dispose(operands.map(({ tensor }) => tensor));
  expect(found.length).toBe(definitions.length);
  for (const [k, values] of found.entries())
    expect([k, relativeDifference(definitions[k], values) < tolerance]).toEqual([k, true]);
}

const range = (length: number) => Array.from({ length }, (_, k) => k);
const sumOf = (length: number, term: (k: number) => number) =>
  range(length).reduce((sum, k) => sum + term(k), 0);

const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);

/** The integral of the density, in midpoints. */
function normalDistribution(x: number): number {
  const step = 1e-4;
  const [from, to] = [-9, x];
  const count = Math.ceil((to - from) / step);
  const width = (to - from) / count;
  return width * sumOf(count, (k) => density(from + (k + 0.5) * width));
}

test("gelu and its gradient", async () => {
  const [x, dy] = [numbers("x", [40]), numbers("dy", [40])];
  const values = [...x.values];
  await compare(
    [x, dy],
    () => [tokenKernels.gelu(x.tensor), tokenKernels.geluGradient(dy.tensor, x.tensor)],
    [
      values.map((t) => t * normalDistribution(t)),
      values.map((t, i) => dy.values[i] * (normalDistribution(t) + t * density(t))),
    ],
  );
});

test.each([
  [2, 5, 70],
  [1, 3, 6],
])("layer norm and its gradients, %i x %i vectors of %i", async (n, tokens, width) => {
  const x = numbers("x", [n, tokens, width], 20);
  const dy = numbers("dy", [n, tokens, width]);
  const [scale, offset] = [numbers("scale", [width], 1), numbers("offset", [width])];
  const rows = n * tokens;
  const epsilon = 1e-6;
  const row = (k: number) => [...x.values.slice(k * width, (k + 1) * width)];
  const normalised = range(rows).map((k) => {
    const mean = sumOf(width, (c) => row(k)[c]) / width;
    const variance = sumOf(width, (c) => (row(k)[c] - mean) ** 2) / width;
    const inverse = 1 / Math.sqrt(variance + epsilon);
    return { inverse, values: row(k).map((value) => (value - mean) * inverse) };
  });
  const gradientAt = (k: number, c: number) => dy.values[k * width + c] * scale.values[c];
  const each = (value: (k: number, c: number) => number) =>
    range(rows).flatMap((k) => range(width).map((c) => value(k, c)));
  const own = (k: number) => sumOf(width, (c) => gradientAt(k, c)) / width;
  const along = (k: number) => sumOf(width, (c) => gradientAt(k, c) * normalised[k].values[c]) / width;
  const perSample = (value: (k: number, c: number) => number) =>
    range(n).flatMap((i) => range(width).map((c) => sumOf(tokens, (t) => value(i * tokens + t, c))));
  const vector = ({ tensor }: Numbers) => tensor as unknown as tf.Tensor1D;
  await compare(
    [x, dy, scale, offset],
    () => {
      const { output, saved } = tokenKernels.layerNorm(x.tensor, vector(scale), vector(offset), epsilon);
      const dx = tokenKernels.layerNormGradient(dy.tensor, x.tensor, vector(scale), saved);
      const sums = tokenKernels.layerNormSums(dy.tensor, x.tensor, saved, n);
      saved.dispose();
      return [output, dx, sums.offset, sums.scale];
    },
    [
      each((k, c) => normalised[k].values[c] * scale.values[c] + offset.values[c]),
      each(
        (k, c) => (gradientAt(k, c) - own(k) - normalised[k].values[c] * along(k)) * normalised[k].inverse,
      ),
      perSample((k, c) => dy.values[k * width + c]),
      perSample((k, c) => dy.values[k * width + c] * normalised[k].values[c]),
    ],
    2e-5, // Far from zero, as the batch norms' numbers are.
  );
});

test.each([
  [3, 37],
  [2, 4, 300],
])("a dropout mask of [%i, %i, …] has the bytes of plain JavaScript's", async (...shape) => {
  const mask = () => {
    const pass = { training: true, statistics: "batch", record: true, dropoutSeed: 7 } as const;
    return [dropoutMask(shape, { rate: 0.1, index: 1 }, pass) ?? tf.zeros(shape)];
  };
  const [found] = await readTwice(mask);
  await tf.setBackend("cpu");
  const [expected] = await readTwice(mask);
  await tf.setBackend("webgpu");
  expect(new Set(expected).size).toBe(2);
  expect(found).toEqual(expected);
});

test.each([1, 3])("sums of channels over %i groups, in slices and not", async (groups) => {
  for (const positions of [4, 300]) {
    const x = numbers("x", [groups, positions, 37]);
    await compare([x], () => [tokenKernels.channelSums(x.tensor, groups)], [
      range(groups).flatMap((g) =>
        range(37).map((c) => sumOf(positions, (p) => x.values[(g * positions + p) * 37 + c])),
      ),
    ]);
  }
});

test.each([40, 600])("a linear layer with its bias, %i deep: in one pass, and in parts", async (depth) => {
  const [x, w, bias] = [numbers("x", [2, 3, depth]), numbers("w", [depth, 5]), numbers("bias", [5])];
  await compare(
    [x, w, bias],
    () => [
      tokenKernels.linear(
        x.tensor,
        w.tensor as unknown as tf.Tensor2D,
        bias.tensor as unknown as tf.Tensor1D,
      ),
    ],
    [
      range(6).flatMap((r) =>
        range(5).map(
          (c) => sumOf(depth, (k) => x.values[r * depth + k] * w.values[k * 5 + c]) + bias.values[c],
        ),
      ),
    ],
  );
});

describe.each([
  { n: 2, heads: 3, tokens: 5, headWidth: 4 },
  { n: 1, heads: 2, tokens: 70, headWidth: 9 },
])("attention of $n images, $heads heads, $tokens tokens", ({ n, heads, tokens, headWidth }) => {
  const width = heads * headWidth;
  const cells = range(n).flatMap((i) => range(heads).map((h) => [i, h] as const));
  const vectorAt = ({ values }: Numbers, i: number, t: number, h: number, k: number) =>
    values[(i * tokens + t) * width + h * headWidth + k];
  const weightAt = ({ values }: Numbers, i: number, h: number, t: number, u: number) =>
    values[((i * heads + h) * tokens + t) * tokens + u];

  test("scores, and sums of vectors by weights or their transposes", async () => {
    const [a, b] = [numbers("a", [n, tokens, width]), numbers("b", [n, tokens, width])];
    const weights = numbers("weights", [n, heads, tokens, tokens]);
    const sums = (weight: (i: number, h: number, t: number, u: number) => number) =>
      range(n).flatMap((i) =>
        range(tokens).flatMap((t) =>
          range(heads).flatMap((h) =>
            range(headWidth).map((k) => sumOf(tokens, (u) => weight(i, h, t, u) * vectorAt(a, i, u, h, k))),
          ),
        ),
      );
    await compare(
      [a, b, weights],
      () => [
        tokenKernels.headScores(a.tensor, b.tensor, heads),
        tokenKernels.headSums(weights.tensor, a.tensor, false),
        tokenKernels.headSums(weights.tensor, a.tensor, true),
      ],
      [
        cells.flatMap(([i, h]) =>
          range(tokens).flatMap((t) =>
            range(tokens).map((u) =>
              sumOf(headWidth, (k) => vectorAt(a, i, t, h, k) * vectorAt(b, i, u, h, k)),
            ),
          ),
        ),
        sums((i, h, t, u) => weightAt(weights, i, h, t, u)),
        sums((i, h, t, u) => weightAt(weights, i, h, u, t)),
      ],
    );
  });

  test.each([true, false])("weights and the scores' gradient, masked: %s", async (isMasked) => {
    const shape = [n, heads, tokens, tokens];
    const [scores, dy] = [numbers("scores", shape), numbers("dy", shape)];
    const mask = numbers("mask", shape);
    const given = isMasked ? mask.tensor : undefined;
    const scale = 0.7;
    const factor = (at: number) => (isMasked ? mask.values[at] : 1);
    const rows = range(n * heads * tokens).map((k) => {
      const exponents = range(tokens).map((t) => Math.exp(scale * scores.values[k * tokens + t]));
      const total = sumOf(tokens, (t) => exponents[t]);
      return exponents.map((value) => value / total);
    });
    const weights = rows.flat();
    const gradients = weights.map((_, at) => dy.values[at] * factor(at));
    const along = rows.map((row, k) => sumOf(tokens, (t) => row[t] * gradients[k * tokens + t]));
    await compare([scores, dy, mask], () => {
      const made = tokenKernels.attentionWeights(scores.tensor, scale, given);
      const dScores = tokenKernels.attentionGradient(dy.tensor, made.weights, scale, given);
      return isMasked ? [made.weights, made.dropped, dScores] : [made.weights, dScores];
    }, [
      weights,
      ...(isMasked ? [weights.map((weight, at) => weight * factor(at))] : []),
      weights.map((weight, at) => weight * (gradients[at] - along[Math.floor(at / tokens)]) * scale),
    ]);
  });
});

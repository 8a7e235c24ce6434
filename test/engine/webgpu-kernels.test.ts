import { beforeAll, beforeEach, describe, expect, type TestContext, test } from "vitest";
import { composedKernels } from "../../src/engine/kernels/composed-kernels.js";
import type { Kernels } from "../../src/engine/kernels/kernels.js";
import { groupsOf, tileFor } from "../../src/engine/kernels/webgpu/tiles.js";
import { webgpuKernels } from "../../src/engine/kernels/webgpu-kernels.js";
import { startEngine } from "../../src/engine/start.js";
import { tf } from "../../src/engine/tf.js";
import { sampleFilterGradient } from "../../src/nn/sample-filter-gradient.js";
import { createRng } from "../../src/random/rng.js";
import { relativeDifference } from "../training/relative-difference.js";

let reason = "";
beforeAll(async () => {
  await startEngine({ engine: "webgpu" }).catch((error: unknown) => {
    reason = `webgpu does not start here: ${error}`;
  });
});
beforeEach((context: TestContext) => {
  if (reason !== "") context.skip(reason);
});

type Shape = [number, number, number, number];

interface Numbers {
  readonly shape: Shape;
  readonly values: Float32Array;
  readonly tensor: tf.Tensor4D;
}

function numbers(name: string, shape: Shape): Numbers {
  const rng = createRng(name);
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
  return { shape, values, tensor: tf.tensor(values, shape) };
}

/** An element, 0 outside. */
function at(
  { shape: [, height, width, channels], values }: Numbers,
  n: number,
  r: number,
  c: number,
  k: number,
) {
  if (r < 0 || c < 0 || r >= height || c >= width) return 0;
  return values[((n * height + r) * width + c) * channels + k];
}

const bytes = async (tensor: tf.Tensor) => Buffer.from((await tensor.data()).buffer);

/** The largest difference from the definition, at places from all over the result. */
async function worst(tensor: tf.Tensor4D, definition: (place: Shape) => number): Promise<number> {
  const values = await tensor.data();
  const [, height, width, channels] = tensor.shape;
  const rng = createRng("places");
  let difference = 0;
  for (let i = 0; i < 300; i++) {
    const index = i === 0 ? 0 : i === 1 ? values.length - 1 : rng.int(values.length);
    const position = Math.floor(index / channels);
    const place: Shape = [
      Math.floor(position / (height * width)),
      Math.floor(position / width) % height,
      position % width,
      index % channels,
    ];
    difference = Math.max(difference, Math.abs(values[index] - definition(place)));
  }
  return difference;
}

/** Shapes for which the tiles are large, small and ragged, and the sums of the filter gradient are cut into parts. */
const cases = [
  { n: 4, side: 64, ci: 3, co: 33, kernel: 5, stride: 1, pad: 2 },
  { n: 1, side: 13, ci: 5, co: 33, kernel: 3, stride: 2, pad: 1 },
];

describe("convolutions agree with their definition, the same bytes every time", () => {
  test.each(cases)("%o", async ({ n, side, ci, co, kernel, stride, pad }) => {
    const out = Math.floor((side + 2 * pad - kernel) / stride) + 1;
    const x = numbers("x", [n, side, side, ci]);
    const w = numbers("w", [kernel, kernel, ci, co]);
    const dy = numbers("dy", [n, out, out, co]);
    const [before, geometry] = [tf.memory().numTensors, { stride, pad }];
    const run = () => [
      webgpuKernels.convolution(x.tensor, w.tensor, geometry),
      webgpuKernels.convolutionInputGradient(dy.tensor, w.tensor, x.shape, geometry),
      webgpuKernels.convolutionFilterGradient(x.tensor, dy.tensor, w.shape, geometry),
    ];
    const [y, dx, dw] = run();
    const taps = Array.from({ length: kernel ** 2 }, (_, k) => [Math.floor(k / kernel), k % kernel]);
    const all = (length: number, term: (k: number) => number) => {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += term(k);
      return sum;
    };
    const tap = (i: number, j: number, p: number, q: number) =>
      w.values[((i * kernel + j) * ci + p) * co + q];
    const output = await worst(y, ([b, r, c, q]) =>
      all(taps.length, (t) => {
        const [i, j] = taps[t];
        return all(ci, (p) => at(x, b, r * stride + i - pad, c * stride + j - pad, p) * tap(i, j, p, q));
      }),
    );
    expect(output / Math.sqrt(taps.length * ci)).toBeLessThan(1e-5);
    const input = await worst(dx, ([b, r, c, p]) =>
      all(taps.length, (t) => {
        const [i, j] = taps[t];
        const [row, column] = [(r + pad - i) / stride, (c + pad - j) / stride];
        if (!Number.isInteger(row) || !Number.isInteger(column)) return 0;
        return all(co, (q) => at(dy, b, row, column, q) * tap(i, j, p, q));
      }),
    );
    expect(input / Math.sqrt(taps.length * co)).toBeLessThan(1e-5);
    const weights = await worst(dw, ([i, j, p, q]) =>
      all(n * out * out, (position) => {
        const [b, r, c] = [Math.floor(position / out ** 2), Math.floor(position / out) % out, position % out];
        return at(x, b, r * stride + i - pad, c * stride + j - pad, p) * at(dy, b, r, c, q);
      }),
    );
    expect(weights / Math.sqrt(n * out * out)).toBeLessThan(1e-5);
    const again = run();
    for (const [k, result] of [y, dx, dw].entries())
      expect(await bytes(again[k])).toEqual(await bytes(result));
    tf.dispose([y, dx, dw, ...again]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x.tensor, w.tensor, dy.tensor]);
  });
});

/** What composed operations make of the same numbers in plain JavaScript. */
async function compared(run: (kernels: Kernels) => tf.Tensor[]): Promise<[number[][], number[][]]> {
  const read = async (kernels: Kernels) => {
    const before = tf.memory().numTensors;
    const results = run(kernels);
    const values: number[][] = [];
    for (const result of results) values.push([...(await result.data())]);
    tf.dispose(results);
    expect(tf.memory().numTensors).toBe(before);
    return values;
  };
  const found = await read(webgpuKernels);
  expect(await read(webgpuKernels)).toEqual(found);
  await tf.setBackend("cpu");
  const expected = await read(composedKernels);
  await tf.setBackend("webgpu");
  return [found, expected];
}

describe("batch norm and updates agree with plain JavaScript, the same bytes every time", () => {
  /** Moved far from zero, where sums of squares would cancel. */
  const images = (name: string, shape: Shape) => tf.add<tf.Tensor4D>(numbers(name, shape).tensor, 30);
  const perChannel = (name: string, channels: number) =>
    tf.reshape(numbers(name, [1, 1, 1, channels]).tensor, [channels]) as tf.Tensor1D;

  test.each<Shape>([
    [2, 2, 3, 3],
    [3, 5, 4, 20],
    [3, 16, 16, 40],
  ])("batch norm of [%i, %i, %i, %i]", async (...shape) => {
    const [found, expected] = await compared(({ batchNorm, batchNormGradient }) =>
      tf.tidy(() => {
        const [x, scale, dy] = [images("x", shape), perChannel("s", shape[3]), numbers("dy", shape).tensor];
        const { output, mean, variance, saved } = batchNorm(x, scale, perChannel("o", shape[3]));
        const gradient = batchNormGradient(dy, x, scale, saved);
        return [output, mean, variance, gradient.input, gradient.scale, gradient.offset];
      }),
    );
    for (const [k, values] of expected.entries()) {
      expect([k, relativeDifference(values, found[k]) < 3e-5]).toEqual([k, true]);
    }
  });

  test("batch norm of every image by itself", async () => {
    const shape: Shape = [3, 6, 7, 20];
    const [found, expected] = await compared(({ sampleBatchNorm, sampleBatchNormGradient }) =>
      tf.tidy(() => {
        const [x, dy] = [images("x", shape), numbers("dy", shape).tensor];
        const { output, mean, variance, saved } = sampleBatchNorm(
          x,
          perChannel("s", 20),
          perChannel("o", 20),
        );
        const gradient = sampleBatchNormGradient(dy, saved);
        return [output, mean, variance, gradient.input, gradient.scale, gradient.offset];
      }),
    );
    for (const [k, values] of expected.entries()) {
      expect([k, relativeDifference(values, found[k]) < 3e-5]).toEqual([k, true]);
    }
  });

  test.each([true, false])(
    "two steps of SGD, Nesterov %s; running statistics; relu's gradient",
    async (nesterov) => {
      const rule = { learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4, nesterov };
      const [found, expected] = await compared(({ sgd, blend, reluGradient, reluOfSum }) =>
        tf.tidy(() => {
          const [value, gradient] = [numbers("v", [3, 3, 7, 9]).tensor, numbers("g", [3, 3, 7, 9]).tensor];
          const [first] = sgd([{ value, gradient, velocity: undefined }], rule);
          const again = { value: first.value, gradient: tf.neg(gradient), velocity: first.velocity };
          const [, second] = sgd([{ value: gradient, gradient, velocity: undefined }, again], rule);
          return [
            first.value,
            second.value,
            second.velocity,
            ...blend(Array(9).fill([value, gradient]), 0.1),
            reluOfSum(value, gradient),
            reluGradient(value, gradient),
          ];
        }),
      );
      for (const [k, values] of expected.entries()) {
        expect([k, relativeDifference(values, found[k]) < 1e-6]).toEqual([k, true]);
      }
    },
  );
});

test("each sample's filter gradient at chosen elements", async () => {
  const cases: [Shape, Shape, number, number][] = [
    [[3, 9, 7, 5], [3, 3, 5, 33], 2, 1],
    [[2, 4, 4, 40], [1, 1, 40, 6], 1, 0],
  ];
  for (const [xShape, filterShape, stride, pad] of cases) {
    const [n, height, width] = xShape;
    const out = (side: number) => Math.floor((side + 2 * pad - filterShape[0]) / stride) + 1;
    const dyShape: Shape = [n, out(height), out(width), filterShape[3]];
    const size = filterShape.reduce((a, b) => a * b, 1);
    const elements = Int32Array.from({ length: 11 }, (_, k) => size - 1 - Math.floor((k * (size - 1)) / 10));
    const gradient = (kernels: Kernels) =>
      tf.tidy(() => {
        const [x, dy] = [numbers("x", xShape).tensor, numbers("dy", dyShape).tensor];
        const rows = kernels.sampleFilterGradient?.(x, dy, filterShape, { stride, pad }, elements);
        expect(rows !== undefined).toBe(kernels === webgpuKernels);
        return [rows ?? sampleFilterGradient(x, dy, filterShape, { stride, pad }, elements)];
      });
    const [[found], [expected]] = await compared(gradient);
    expect(relativeDifference(expected, found)).toBeLessThan(1e-5);
  }
});

test.each([3, 16, 64])(
  "a grid stays within WebGPU's 65,535 workgroups: 128 images of 224x224, %i channels",
  (channels) => {
    const rows = 128 * 224 ** 2;
    expect(groupsOf(tileFor(rows, channels), rows, channels)[1]).toBeLessThanOrEqual(65535);
  },
);

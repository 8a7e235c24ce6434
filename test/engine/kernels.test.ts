import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composedKernels } from "../../src/engine/kernels/composed-kernels.js";
import type { Kernels } from "../../src/engine/kernels/kernels.js";
import { createNativeKernels } from "../../src/engine/kernels/native-kernels.js";
import { webgpuKernels } from "../../src/engine/kernels/webgpu-kernels.js";
import { startEngine } from "../../src/engine/start.js";
import { tf } from "../../src/engine/tf.js";
import { createRng } from "../../src/random/rng.js";

/** Every tensor from a seeded stream, so that all engines compute on the same numbers. */
function tensor(name: string, shape: number[]): tf.Tensor4D {
  const rng = createRng(name);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => rng.normal()),
    shape as [number, number, number, number],
  );
}

const geometries = [
  { side: 6, kernel: 3, stride: 1, pad: 1 },
  { side: 6, kernel: 3, stride: 2, pad: 1 },
  { side: 7, kernel: 3, stride: 2, pad: 1 },
  { side: 6, kernel: 1, stride: 2, pad: 0 },
  { side: 32, kernel: 1, stride: 2, pad: 0 },
  { side: 5, kernel: 1, stride: 1, pad: 0 },
  { side: 9, kernel: 5, stride: 2, pad: 2 },
  { side: 8, kernel: 3, stride: 1, pad: 0 },
  { side: 16, kernel: 7, stride: 2, pad: 3 },
];
/** A software GPU compiles every shape anew; random ones, and those of a residual block, are tried in webgpu/. */
const geometriesOf = (engine: string) =>
  engine === "webgpu" ? geometries.filter(({ side }) => side >= 16) : geometries;

/** A convolution written as its definition, and its gradients as the adjoints of that definition. */
function literal(
  x: Float32Array,
  w: Float32Array,
  dy: Float32Array | undefined,
  g: { n: number; side: number; kernel: number; stride: number; pad: number; ci: number; co: number },
) {
  const out = Math.floor((g.side + 2 * g.pad - g.kernel) / g.stride) + 1;
  const y = new Float64Array(g.n * out * out * g.co);
  const dx = new Float64Array(x.length);
  const dw = new Float64Array(w.length);
  for (let b = 0; b < g.n; b++)
    for (let r = 0; r < out; r++)
      for (let c = 0; c < out; c++)
        for (let i = 0; i < g.kernel; i++)
          for (let j = 0; j < g.kernel; j++) {
            const row = r * g.stride + i - g.pad;
            const column = c * g.stride + j - g.pad;
            if (row < 0 || column < 0 || row >= g.side || column >= g.side) continue;
            for (let p = 0; p < g.ci; p++)
              for (let q = 0; q < g.co; q++) {
                const xi = ((b * g.side + row) * g.side + column) * g.ci + p;
                const wi = ((i * g.kernel + j) * g.ci + p) * g.co + q;
                const yi = ((b * out + r) * out + c) * g.co + q;
                y[yi] += x[xi] * w[wi];
                if (!dy) continue;
                dx[xi] += w[wi] * dy[yi];
                dw[wi] += x[xi] * dy[yi];
              }
          }
  return { y, dx, dw, out };
}

async function expectClose(actual: tf.Tensor, expected: ArrayLike<number>, tolerance = 2e-5) {
  const values = await actual.data();
  expect(values.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < values.length; i++) worst = Math.max(worst, Math.abs(values[i] - expected[i]));
  expect(worst).toBeLessThan(tolerance);
}

const engines: [string, () => Kernels][] = [
  ["tensorflow", createNativeKernels],
  ["webgpu", () => webgpuKernels],
  ["wasm", () => composedKernels],
  ["cpu", () => composedKernels],
];
const available: string[] = [];
beforeAll(async () => {
  for (const [name] of engines) {
    try {
      await startEngine({ engine: name as "cpu" });
      available.push(name);
    } catch (error) {
      // Only the native engine (without a compiler) and WebGPU (without a driver) may be missing.
      if (name !== "tensorflow" && name !== "webgpu") throw error;
    }
  }
});
afterAll(() => tf.disposeVariables());

describe.each(engines)("kernels on %s", (name, make) => {
  test.for(geometriesOf(name))("convolution and both gradients, %o", async (geometry, { skip }) => {
    if (!available.includes(name)) skip();
    await tf.setBackend(name);
    const kernels = make();
    const { side, kernel } = geometry;
    const [n, ci, co] = [3, 2, 4];
    const start = tf.memory().numTensors;
    const x = tensor("x", [n, side, side, ci]);
    const w = tensor("w", [kernel, kernel, ci, co]);
    const plain = literal((await x.data()) as Float32Array, (await w.data()) as Float32Array, undefined, {
      ...geometry,
      n,
      ci,
      co,
    });
    const dy = tensor("dy", [n, plain.out, plain.out, co]);
    const expected = literal(
      (await x.data()) as Float32Array,
      (await w.data()) as Float32Array,
      (await dy.data()) as Float32Array,
      { ...geometry, n, ci, co },
    );
    const y = kernels.convolution(x, w, geometry);
    const dx = kernels.convolutionInputGradient(dy, w, x.shape, geometry);
    const dw = kernels.convolutionFilterGradient(x, dy, w.shape, geometry);
    expect(y.shape).toEqual([n, plain.out, plain.out, co]);
    await expectClose(y, expected.y);
    await expectClose(dx, expected.dx);
    await expectClose(dw, expected.dw, 1e-4);
    tf.dispose([x, w, dy, y, dx, dw]);
    expect(tf.memory().numTensors).toBe(start);
  });

  test.for([
    { row: 0, column: 0, height: 4, width: 3, stride: 2 },
    { row: 1, column: 2, height: 3, width: 2, stride: 2 },
    { row: 2, column: 0, height: 5, width: 7, stride: 1 },
    { row: 0, column: 1, height: 3, width: 2, stride: 3 },
  ])("picking the positions of a lattice, %o", async (lattice, { skip }) => {
    if (!available.includes(name)) skip();
    await tf.setBackend(name);
    const start = tf.memory().numTensors;
    const x = tensor("lattice", [2, 7, 7, 3]);
    const picked = make().pick(x, lattice);
    const values = await x.data();
    const expected: number[] = [];
    for (let b = 0; b < 2; b++)
      for (let i = 0; i < lattice.height; i++)
        for (let j = 0; j < lattice.width; j++) {
          const position =
            (b * 7 + lattice.row + i * lattice.stride) * 7 + lattice.column + j * lattice.stride;
          for (let c = 0; c < 3; c++) expected.push(values[position * 3 + c]);
        }
    expect(picked.shape).toEqual([2, lattice.height, lattice.width, 3]);
    await expectClose(picked, expected, 1e-12);
    tf.dispose([x, picked]);
    expect(tf.memory().numTensors).toBe(start);
  });

  test.for([
    { side: 7, kernel: 3, stride: 2 },
    { side: 8, kernel: 3, stride: 2 },
    { side: 6, kernel: 2, stride: 2 },
  ])("max pool, its gradient and its gathering, %o", async (geometry, { skip }) => {
    if (!available.includes(name)) skip();
    await tf.setBackend(name);
    const kernels = make();
    const { side, kernel, stride } = geometry;
    const out = Math.floor((side - kernel) / stride) + 1;
    const start = tf.memory().numTensors;
    const x = tensor("pool-x", [2, side, side, 3]);
    const other = tensor("pool-other", [2, side, side, 3]);
    const dy = tensor("pool-dy", [2, out, out, 3]);
    const values = await x.data();
    const expected = { y: [] as number[], gathered: [] as number[], dx: new Float64Array(values.length) };
    const [others, gradients] = [await other.data(), await dy.data()];
    for (let b = 0; b < 2; b++)
      for (let r = 0; r < out; r++)
        for (let c = 0; c < out; c++)
          for (let ch = 0; ch < 3; ch++) {
            let best = -1;
            for (let i = 0; i < kernel; i++)
              for (let j = 0; j < kernel; j++) {
                const at = ((b * side + r * stride + i) * side + c * stride + j) * 3 + ch;
                if (best < 0 || values[at] > values[best]) best = at;
              }
            expected.dx[best] += gradients[expected.y.length];
            expected.y.push(values[best]);
            expected.gathered.push(others[best]);
          }
    const y = kernels.maxPool(x, geometry);
    const dx = kernels.maxPoolGradient(dy, x, y, geometry);
    const gathered = kernels.maxPoolGather(other, x, y, geometry);
    expect(y.shape).toEqual([2, out, out, 3]);
    await expectClose(y, expected.y, 1e-12);
    await expectClose(dx, expected.dx, 1e-6);
    await expectClose(gathered, expected.gathered, 1e-12);
    tf.dispose([x, other, dy, y, dx, gathered]);
    expect(tf.memory().numTensors).toBe(start);
  });

  test("batch norm: statistics, output, and a gradient that agrees with finite differences", async ({
    skip,
  }) => {
    if (!available.includes(name)) skip();
    await tf.setBackend(name);
    const kernels = make();
    const start = tf.memory().numTensors;
    const x = tensor("bn-x", [2, 3, 3, 2]);
    const scale = tf.tensor1d([1.2, 0.7]);
    const offset = tf.tensor1d([0.1, -0.4]);
    const weights = tensor("bn-w", [2, 3, 3, 2]);
    const result = kernels.batchNorm(x, scale, offset);
    const gradient = kernels.batchNormGradient(weights, x, scale, result.saved);
    const values = (await x.data()) as Float32Array;
    const channel = Array.from(values).filter((_, i) => i % 2 === 1);
    const mean = channel.reduce((a, b) => a + b, 0) / channel.length;
    const variance = channel.reduce((a, b) => a + (b - mean) ** 2, 0) / (channel.length - 1);
    expect((await result.mean.data())[1]).toBeCloseTo(mean, 5);
    expect((await result.variance.data())[1]).toBeCloseTo(variance, 5);
    const loss = async (input: Float32Array) => {
      const moved = tf.tensor(input, x.shape) as tf.Tensor4D;
      const { output, mean, variance, saved } = kernels.batchNorm(moved, scale, offset);
      const weighted = tf.tidy(() => tf.sum(tf.mul(output, weights)));
      const value = (await weighted.data())[0];
      tf.dispose([moved, output, mean, variance, weighted, ...saved]);
      return value;
    };
    const dx = await gradient.input.data();
    for (const i of [0, 7, 20, 35]) {
      const up = values.slice();
      const down = values.slice();
      up[i] += 0.01;
      down[i] -= 0.01;
      expect((await loss(up)) - (await loss(down))).toBeCloseTo(0.02 * dx[i], 3);
    }
    const { output, mean: m, variance: v, saved } = result;
    tf.dispose([x, scale, offset, weights, output, m, v, ...saved]);
    tf.dispose([gradient.input, gradient.scale, gradient.offset]);
    expect(tf.memory().numTensors).toBe(start);
  });
});

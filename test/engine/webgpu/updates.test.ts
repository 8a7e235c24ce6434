import { describe, expect, test } from "vitest";
import { composedKernels } from "../../../src/engine/kernels/composed-kernels.js";
import type { Kernels } from "../../../src/engine/kernels/kernels.js";
import { webgpuKernels } from "../../../src/engine/kernels/webgpu-kernels.js";
import { tf } from "../../../src/engine/tf.js";
import { sampleFilterGradient } from "../../../src/nn/sample-filter-gradient.js";
import { createRng } from "../../../src/random/rng.js";
import { relativeDifference } from "../../training/relative-difference.js";
import { numbers, onWebgpu, readTwice } from "./on-webgpu.js";

onWebgpu();

/** Compares with what composed operations make of the same numbers in plain JavaScript. */
async function compare(tolerance: number, run: (kernels: Kernels) => tf.Tensor[]): Promise<void> {
  const found = await readTwice(() => run(webgpuKernels));
  await tf.setBackend("cpu");
  const expected = await readTwice(() => run(composedKernels));
  await tf.setBackend("webgpu");
  expect(found.length).toBe(expected.length);
  for (const [k, values] of expected.entries())
    expect([k, relativeDifference([...values], [...found[k]]) < tolerance]).toEqual([k, true]);
}

/** As `numbers`, for use in a `tf.tidy`. */
const drawn = (name: string, shape: number[]) => numbers(name, shape).tensor as tf.Tensor;

const shapes = [[3, 3, 7, 9], [5], [1], [33, 40]];

describe("updates agree with plain JavaScript, the same bytes every time", () => {
  test.each([true, false])("three steps of SGD, Nesterov %s", async (nesterov) => {
    const rule = { learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4, nesterov };
    await compare(1e-6, ({ sgd }) =>
      tf.tidy(() => {
        let state: { value: tf.Tensor; velocity?: tf.Tensor }[] = shapes.map((shape) => {
          return { value: drawn(`v ${shape}`, shape) };
        });
        for (let step = 0; step < 3; step++) {
          const parameters = state.map(({ value, velocity }) => {
            return { value, velocity, gradient: drawn(`g ${step}`, value.shape) };
          });
          state = [...sgd(parameters, rule)];
        }
        return state.flatMap(({ value, velocity }) => [value, velocity ?? tf.zeros([1])]);
      }),
    );
  });

  test.each([undefined, { correction: 0.7, divisor: 0.3, epsilon: 1e-8 }])(
    "two steps of Adam or its like, scaled by %o",
    async (scaled) => {
      await compare(2e-6, ({ moments }) =>
        tf.tidy(() => {
          const rule = { beta1: 0.9, beta2: 0.999, factor: 0.02, scaled };
          const parameters = shapes.map((shape) => {
            return { value: drawn("v", shape), gradient: drawn("g", shape), moments: undefined };
          });
          const first = [...moments(parameters, rule)];
          const again = first.map(({ value, moments }) => {
            return { value, gradient: drawn("h", value.shape), moments };
          });
          return [...moments(again, rule)].flatMap(({ value, moments: { first, second } }) => [
            value,
            first,
            second,
          ]);
        }),
      );
    },
  );

  test("what was read of a velocity before a step is not what is read after it", async () => {
    const rule = { learningRate: 0.1, momentum: 0.5, weightDecay: 0, nesterov: false };
    const [value, gradient] = [tf.zeros([300]), tf.ones([300])];
    const [first] = webgpuKernels.sgd([{ value, gradient, velocity: undefined }], rule);
    expect((await first.velocity.data())[7]).toBe(1);
    const [second] = webgpuKernels.sgd([{ value, gradient, velocity: first.velocity }], rule);
    expect((await second.velocity.data())[7]).toBe(1.5);
    tf.dispose([value, gradient, first.value, second.value, second.velocity]);
  });

  test("running statistics, relu's gradient, relu of a sum", async () => {
    await compare(1e-6, ({ blend, reluGradient, reluOfSum }) =>
      tf.tidy(() =>
        shapes.flatMap((shape) => {
          const [a, b] = [drawn("a", shape), drawn("b", shape)];
          return [...blend(Array(5).fill([a, b]), 0.1), reluOfSum(a, b), reluGradient(a, b)];
        }),
      ),
    );
  });
});

test.each([
  [1, 2],
  [7, 10],
  [130, 10],
  [5, 1000],
])("cross-entropy of %i rows, %i classes, large logits among them", async (rows, classes) => {
  const rng = createRng("labels");
  const labels = Int32Array.from({ length: rows }, () => rng.int(classes));
  for (const reduction of ["mean", "none"] as const) {
    await compare(2e-6, ({ crossEntropy }) =>
      tf.tidy(() => {
        const logits = tf.mul<tf.Tensor2D>(drawn("logits", [rows, classes]), 20);
        const { loss, gradient } = crossEntropy(logits, tf.tensor1d(labels, "int32"), reduction);
        return [loss, gradient];
      }),
    );
  }
});

type Shape = [number, number, number, number];

test.each<[Shape, Shape, number, number]>([
  [[3, 9, 7, 5], [3, 3, 5, 33], 2, 1],
  [[2, 4, 4, 40], [1, 1, 40, 6], 1, 0],
  [[1, 8, 5, 17], [5, 5, 17, 3], 3, 2],
])("each sample's filter gradient at chosen elements: %o, %o", async (xShape, filterShape, stride, pad) => {
  const [n, height, width] = xShape;
  const out = (side: number) => Math.floor((side + 2 * pad - filterShape[0]) / stride) + 1;
  const dyShape: Shape = [n, out(height), out(width), filterShape[3]];
  const size = filterShape.reduce((a, b) => a * b, 1);
  const elements = Int32Array.from({ length: 11 }, (_, k) => size - 1 - Math.floor((k * (size - 1)) / 10));
  await compare(1e-5, (kernels) =>
    tf.tidy(() => {
      const [x, dy] = [drawn("x", xShape) as tf.Tensor4D, drawn("dy", dyShape) as tf.Tensor4D];
      const rows = kernels.sampleFilterGradient?.(x, dy, filterShape, { stride, pad }, elements);
      expect(rows !== undefined).toBe(kernels === webgpuKernels);
      return [rows ?? sampleFilterGradient(x, dy, filterShape, { stride, pad }, elements)];
    }),
  );
});

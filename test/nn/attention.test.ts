import { beforeAll, describe, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { startEngine } from "../../src/index.js";
import { attention } from "../../src/nn/attention.js";
import { maxAbsDifference } from "../golden.js";

const [width, heads, tokens] = [6, 2, 4];
const pass = { training: false, statistics: "batch", record: false } as const;

/** The values of entry `number` in PyTorch's layout: queries' and keys' are multiplied by `strength`, biases are 0. */
const matrixValues = (number: number, size: number, strength: number): Float32Array => {
  const factor = number % 2 === 1 ? 0 : number < 4 ? strength : 1;
  return Float32Array.from({ length: size }, (_, i) => factor * Math.sin(1 + 3 * i + number));
};

function makeAttention(strength: number) {
  const layer = attention("a", { width, heads, dropout: { rate: 0.1, index: 0 } });
  layer.entries.forEach((entry, number) => {
    entry.load(matrixValues(number, entry.size, strength));
  });
  return layer;
}

/** softmax(q k' / sqrt(head width)) v, written out. */
function expected(x: readonly number[][], matrices: readonly Float32Array[]): number[] {
  const project = (matrix: Float32Array) =>
    x.map((token) =>
      Array.from({ length: width }, (_, o) =>
        token.reduce((sum, v, i) => sum + v * matrix[o * width + i], 0),
      ),
    );
  const [q, k, v] = matrices.map(project);
  const size = width / heads;
  return x.flatMap((_, t) =>
    Array.from({ length: width }, (_, c) => {
      const first = Math.floor(c / size) * size;
      const scores = k.map((key) => {
        let score = 0;
        for (let i = first; i < first + size; i++) score += q[t][i] * key[i];
        return score / Math.sqrt(size);
      });
      const highest = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - highest));
      const total = weights.reduce((a, b) => a + b, 0);
      return weights.reduce((sum, weight, s) => sum + (weight / total) * v[s][c], 0);
    }),
  );
}

describe.each(["auto", "wasm", "cpu"] as const)("engine %s", (engine) => {
  beforeAll(async () => {
    await startEngine({ engine });
  });

  // The strong one's scores reach thousands: their exponentials are no float32 numbers.
  test.each([1, 100])("queries and keys of strength %d", async (strength) => {
    const before = tf.memory().numTensors;
    const layer = makeAttention(strength);
    const values = Array.from({ length: tokens }, (_, t) =>
      Array.from({ length: width }, (_, i) => Math.cos(2 * t + i)),
    );
    const x = tf.tensor3d([values, values]);
    const recorded = layer.forward(x, pass);
    const matrices = [0, 2, 4].map((number) => matrixValues(number, width * width, strength));
    const one = expected(values, matrices);
    expect(maxAbsDifference(await recorded.output.data(), [...one, ...one])).toBeLessThan(1e-4);
    recorded.dispose();
    x.dispose();
    for (const entry of layer.entries) entry.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

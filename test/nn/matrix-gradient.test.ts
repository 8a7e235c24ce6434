import { beforeAll, expect, test } from "vitest";
import { tf } from "../../src/engine/tf.js";
import { startEngine } from "../../src/index.js";
import type { GradientSink } from "../../src/nn/layer.js";
import { putMatrixGradient } from "../../src/nn/matrix-gradient.js";
import { StateEntry } from "../../src/nn/state-entry.js";

beforeAll(async () => {
  await startEngine();
});

test.each([
  ["many elements, too large a matrix for all samples at once: the dense way, in groups", 1400, 2, 0.02],
  ["some elements, too many for all samples at once: gathered, in groups", 1450, 130, 0.009],
  ["few elements", 60, 5, 0.005],
])("%s", async (_, width, tokens, share) => {
  const numSamples = 9;
  const x = tf.randomNormal([numSamples, tokens, width], 0, 1, "float32", 1) as tf.Tensor3D;
  const dy = tf.randomNormal([numSamples, tokens, width], 0, 1, "float32", 2) as tf.Tensor3D;
  const size = width * width;
  const elements = Int32Array.from({ length: Math.floor(size * share) }, (_, i) => (i * 7919) % size);
  const found: tf.Tensor[] = [];
  const sink: GradientSink = {
    mode: "sample",
    wants: () => true,
    elements: () => elements,
    put: (_, gradient) => found.push(gradient),
  };
  const before = tf.memory().numTensors;
  putMatrixGradient(sink, new StateEntry("m.weight", "parameter", [width, width]), x, dy);
  expect(tf.memory().numTensors).toBe(before + 1);
  const [rows] = found;
  expect(rows.shape).toEqual([numSamples, elements.length]);
  const [inputs, outputs, values] = await Promise.all([x.data(), dy.data(), rows.data()]);
  for (let probe = 0; probe < 500; probe++) {
    const n = probe % numSamples;
    const place = (probe * 104729) % elements.length;
    const [i, o] = [Math.floor(elements[place] / width), elements[place] % width];
    let sum = 0;
    for (let t = 0; t < tokens; t++) {
      sum += inputs[(n * tokens + t) * width + i] * outputs[(n * tokens + t) * width + o];
    }
    expect(values[n * elements.length + place]).toBeCloseTo(sum, 4);
  }
  tf.dispose([x, dy, ...found]);
});

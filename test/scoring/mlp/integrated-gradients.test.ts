import { beforeAll, expect, test } from "vitest";
import { tf } from "../../../src/engine/tf.js";
import { startEngine } from "../../../src/index.js";
import { createDnn } from "../../../src/models/dnn.js";
import { linear } from "../../../src/nn/linear.js";
import { Model } from "../../../src/nn/model.js";
import { flatten } from "../../../src/nn/pooling.js";
import { createRng } from "../../../src/random/rng.js";
import { contributions, integratedGradients } from "../../../src/scoring/mlp/integrated-gradients.js";
import { normals } from "../random-table.js";

const INPUTS = 10;

/** float32 [rows, 1, 1, INPUTS] */
const inputs = (rows: number, seed: string) =>
  tf.tensor4d(normals(rows * INPUTS, seed), [rows, 1, 1, INPUTS]);

async function logOdds(model: Model, x: tf.Tensor4D): Promise<number[]> {
  const logits = model.predict(x);
  const values = await logits.data();
  logits.dispose();
  return Array.from({ length: x.shape[0] }, (_, row) => values[2 * row + 1] - values[2 * row]);
}

beforeAll(async () => {
  await startEngine();
});

test("a row's attributions add up to the log-odds it has more than zeros have", async () => {
  const model = createDnn({ inputs: INPUTS, classes: 2, rng: createRng("complete") });
  // Fresh weights give almost no differences: stronger ones, and the head's far stronger.
  for (const entry of model.entries) {
    if (!entry.name.startsWith("fc")) continue;
    entry.value = tf.tidy(() => tf.mul(entry.value, entry.name.startsWith("fc10") ? 30 : 2));
  }
  const x = inputs(6, "rows");
  const zeros = tf.zeros([1, 1, 1, INPUTS]) as tf.Tensor4D;
  const before = tf.memory().numTensors;
  const attributions = integratedGradients(model, x);
  expect(tf.memory().numTensors).toBe(before + 1);
  const values = await attributions.data<"float32">();
  const [base] = await logOdds(model, zeros);
  const wanted = (await logOdds(model, x)).map((value) => value - base);
  const spread = Math.max(...wanted.map(Math.abs));
  expect(spread).toBeGreaterThan(0.1);
  for (const [row, difference] of wanted.entries()) {
    const sum = values.slice(row * INPUTS, (row + 1) * INPUTS).reduce((total, value) => total + value, 0);
    // The midpoint rule misses a little at every kink on the way.
    expect(Math.abs(sum - difference)).toBeLessThan(0.05 * spread);
  }
  tf.dispose([x, zeros, attributions]);
  model.dispose();
});

test("of a linear network they are weight times input, and contributions count them for the row's own label", async () => {
  const head = linear("fc", INPUTS, 2);
  const model = new Model("linear", [1, 1, INPUTS], 2, { body: flatten, head });
  const [weight, bias] = model.entries;
  weight.load(normals(2 * INPUTS, "weights"));
  bias.load([0.3, -0.2]);
  const w = normals(2 * INPUTS, "weights");
  const x = inputs(3, "linear");
  const values = await x.data();
  const expected = (row: number, k: number) => (w[INPUTS + k] - w[k]) * values[row * INPUTS + k];
  const attributions = await integratedGradients(model, x).data();
  for (let at = 0; at < attributions.length; at++) {
    expect(attributions[at]).toBeCloseTo(expected(Math.floor(at / INPUTS), at % INPUTS), 4);
  }
  const labelled = { rows: Int32Array.of(0, 2), labels: Uint8Array.of(1, 0) };
  const read = (rows: Int32Array) => tf.gather(x, tf.tensor1d(rows, "int32"));
  const found = await contributions(model, read, labelled, createRng("rows"));
  for (let k = 0; k < INPUTS; k++) expect(found[k]).toBeCloseTo((expected(0, k) - expected(2, k)) / 2, 4);
  model.dispose();
});

import { readFileSync } from "node:fs";
import type { ImageArray } from "../src/index.js";
import { buildNetwork } from "../src/models/create-model.js";
import type { ModelName } from "../src/models/registry.js";
import { Model } from "../src/nn/model.js";

/** Reads a file of numbers computed with PyTorch. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8")) as T;
}

interface StateDescription {
  readonly total_elements: number;
  readonly state_dict: readonly {
    name: string;
    shape: number[];
    size: number;
    offset: number;
    kind: "weight" | "bias" | "norm_weight" | "running_mean" | "running_var" | "counter" | "token";
    alias_of?: string;
  }[];
}

/** S(i, L) = sin(k sin(a (i+1) + b (L+1))), the formula behind every golden weight. */
const formula = (i: number, entry: number): number =>
  Math.sin(43758.5453 * Math.sin(12.9898 * (i + 1) + 78.233 * (entry + 1)));

const scale: Record<string, (s: number, fanIn: number) => number> = {
  weight: (s, fanIn) => Math.sqrt(2 / fanIn) * s,
  bias: (s) => 0.05 * s,
  norm_weight: (s) => 1 + 0.1 * s,
  running_mean: (s) => 0.02 * s,
  running_var: (s) => 1 + 0.1 * s,
  counter: () => 0,
  token: (s) => 0.02 * s,
};

/** A model whose weights are the golden formula's. */
export function goldenModel(name: ModelName, fixture: string, width?: number, side = 32): Model {
  const inputShape = [side, side, 3] as const;
  const model = new Model(name, inputShape, 10, buildNetwork(name, { classes: 10, inputShape, width }));
  fillWithFormula(model, fixture);
  return model;
}

/** Gives a model the golden formula's weights. */
export function fillWithFormula(model: Model, fixture: string): void {
  const description = golden<StateDescription>(fixture);
  const state = new Map<string, { shape: number[]; data: Float32Array }>();
  description.state_dict.forEach((entry, index) => {
    const fanIn = entry.shape.slice(1).reduce((a, b) => a * b, 1);
    const scaled = scale[entry.kind];
    const data = new Float32Array(entry.size);
    for (let i = 0; i < data.length; i++) data[i] = scaled(formula(i, index), fanIn);
    state.set(entry.name, { shape: entry.shape, data });
    // PyTorch fills entry after entry: what two names share has the values of the second.
    if (entry.alias_of) state.set(entry.alias_of, { shape: entry.shape, data });
  });
  model.loadStateDict(state);
}

/** The golden image n: x[c,h,w] = sin(0.7 n + 1.3 c + 0.11 h (1+c) + 0.17 w (1+n)), as [N, side, side, 3]. */
export function goldenImages(samples: readonly number[], side = 32): ImageArray {
  const data = new Float32Array(samples.length * side * side * 3);
  let at = 0;
  for (const n of samples)
    for (let h = 0; h < side; h++)
      for (let w = 0; w < side; w++)
        for (let c = 0; c < 3; c++)
          data[at++] = Math.sin(0.7 * n + 1.3 * c + 0.11 * h * (1 + c) + 0.17 * w * (1 + n));
  return { shape: [samples.length, side, side, 3], data };
}

export function maxAbsDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} numbers, ${expected.length} expected`);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
  return worst;
}

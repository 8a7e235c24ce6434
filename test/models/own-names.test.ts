import { beforeAll, expect, test } from "vitest";
import { createModel, startEngine } from "../../src/index.js";
import { underOwnNames } from "../../src/models/own-names.js";
import { createRng } from "../../src/random/rng.js";
import type { StateDict } from "../../src/store/state-dict.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const network = (seed: string, classes = 3) =>
  createModel("ResNet8", { classes, inputShape: [8, 8, 3], width: 2, rng: createRng(seed) });
const renamed = (state: StateDict, prefix: string): StateDict =>
  new Map([...state].map(([name, array]) => [prefix + name, array]));

test.each(["", "module.", "_orig_mod.", "model.", "backbone.", "_orig_mod.module.net."])(
  "%j before every name comes off",
  async (prefix) => {
    const state = await network("a").stateDict();
    expect(underOwnNames(renamed(state, prefix), network("b"))).toEqual({ state, prefix });
  },
);

test("what is beside the network is left out; of a network and its average the network is taken", async () => {
  const state = await network("a").stateDict();
  const average = await network("b").stateDict();
  const both = new Map([
    ...renamed(average, "ema_model."),
    ...renamed(state, "model."),
    ["criterion.weight", { shape: [1], data: Float32Array.of(1) }] as const,
  ]);
  expect(underOwnNames(both, network("c"))).toEqual({ state, prefix: "model." });
  expect(underOwnNames(renamed(average, "ema."), network("c"))).toEqual({ state: average, prefix: "ema." });
});

test("of two networks none is guessed, and nothing comes off where the names fit without", async () => {
  const state = await network("a").stateDict();
  const two = new Map([...renamed(state, "student."), ...renamed(state, "teacher.")]);
  expect(underOwnNames(two, network("b"))).toEqual({ state: two, prefix: "" });
  const more = new Map([...state, ...renamed(state, "model.")]);
  expect(underOwnNames(more, network("b"))).toEqual({ state: more, prefix: "" });
  const part = renamed(state, "model.");
  part.delete("model.bn1.bias");
  expect(underOwnNames(part, network("b"))).toEqual({ state: part, prefix: "" });
});

test("a head of other classes and counters that old files lack are no hindrance", async () => {
  const state = await network("a", 7).stateDict();
  for (const name of [...state.keys()]) if (name.endsWith("num_batches_tracked")) state.delete(name);
  expect(underOwnNames(renamed(state, "module."), network("b"))).toEqual({ state, prefix: "module." });
});

import { beforeAll, describe, expect, test } from "vitest";
import { startEngine } from "../../src/engine/start.js";
import { RunError } from "../../src/errors.js";
import { createModel } from "../../src/models/create-model.js";
import { createRng } from "../../src/random/rng.js";

const resnet8 = () =>
  createModel("ResNet8", { classes: 3, inputShape: [8, 8, 3], width: 2, rng: createRng("a") });

// Plain JavaScript and WebAssembly lose a NaN in the sign or the clip of a tensor: nothing but the check can tell.
describe.each(["cpu", "wasm"] as const)("on %s", (engine) => {
  beforeAll(async () => {
    await startEngine({ engine });
  });

  test.each<[what: string, name: string, position: number, value: number, message: string]>([
    ["a NaN among the weights", "conv1.weight", 29, Number.NaN, "conv1.weight[1, 0, 0, 2] is NaN"],
    ["an infinite bias", "linear.bias", 2, Number.POSITIVE_INFINITY, "linear.bias[2] is Infinity"],
    ["an infinite mean", "bn1.running_mean", 0, Number.NEGATIVE_INFINITY, "bn1.running_mean[0] is -Infinity"],
    ["a variance below 0", "bn1.running_var", 1, -0.25, "bn1.running_var[1], a variance, is -0.25"],
    [
      "a counter that is no number",
      "bn1.num_batches_tracked",
      0,
      Number.NaN,
      "bn1.num_batches_tracked is NaN",
    ],
  ])(
    "%s is refused where it enters, and the model stays as it was",
    async (_, name, position, value, message) => {
      const model = resnet8();
      const before = await model.stateDict();
      const state = new Map(before);
      const entry = state.get(name);
      if (!entry) throw new Error(name);
      state.set(name, { ...entry, data: entry.data.with(position, value) });
      state.set("linear.weight", { shape: [3, 8], data: new Float32Array(24) });
      expect(() => model.loadStateDict(state)).toThrow(RunError);
      expect(() => model.loadStateDict(state)).toThrow(`${message}, which no network can compute with.`);
      expect(await model.stateDict()).toEqual(before);
    },
  );
});

test("a mean may be below 0, a variance 0", async () => {
  const model = resnet8();
  const state = await model.stateDict();
  state.set("bn1.running_mean", { shape: [2], data: Float32Array.of(-1, -2) });
  state.set("bn1.running_var", { shape: [2], data: Float32Array.of(0, 1e-40) });
  model.loadStateDict(state);
  expect((await model.stateDict()).get("bn1.running_mean")?.data).toEqual(Float32Array.of(-1, -2));
});

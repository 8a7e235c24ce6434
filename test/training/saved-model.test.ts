import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { startEngine } from "../../src/engine/start.js";
import { RunError, UserError } from "../../src/errors.js";
import { createModel } from "../../src/models/create-model.js";
import { silentReporter } from "../../src/reporter.js";
import { writeCheckpoint } from "../../src/store/checkpoint.js";
import type { StateDict } from "../../src/store/state-dict.js";
import { loadModel, saveModel } from "../../src/training/saved-model.js";
import { temporaryFolder } from "../store/temporary-folder.js";

beforeAll(async () => {
  await startEngine();
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])(
  "a model with a weight that is %d is not saved",
  async (value) => {
    const folder = await temporaryFolder();
    const model = createModel("ResNet8", { classes: 10, inputShape: [32, 32, 3], width: 2 });
    const origin = { settings: {}, inputs: { dataset: "ab12" } };
    const path = join(folder, "model.safetensors");
    const entry = model.entries[3];
    const data = Float32Array.from(await entry.value.data());
    entry.load(data.with(data.length - 1, value));
    const saving = saveModel(path, model, origin);
    await expect(saving).rejects.toThrow(RunError);
    await expect(saving).rejects.toThrow(`Training diverged: ${entry.name} is not finite.`);
    expect(await readdir(folder)).toEqual([]);
    entry.load(data);
    await saveModel(path, model, origin);
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
    model.dispose();
  },
);

const origin = { settings: {}, inputs: {} };
const tiny = () => createModel("ResNet8", { classes: 3, inputShape: [8, 8, 3], width: 2 });

describe.each(["auto", "wasm"] as const)("on the engine %s", (engine) => {
  beforeAll(async () => {
    await startEngine({ engine });
  });

  test.each([
    ["linear.weight", 9, Number.NaN, "linear.weight[1, 1] is NaN"],
    ["conv1.weight", 0, Number.POSITIVE_INFINITY, "conv1.weight[0, 0, 0, 0] is Infinity"],
    ["bn1.running_var", 1, -1, "bn1.running_var[1], a variance, is -1"],
  ])("a file with a number of %s that cannot be computed with is refused", async (name, at, value, what) => {
    const path = join(await temporaryFolder(), "model.safetensors");
    const state = await tiny().stateDict();
    const entry = state.get(name);
    if (entry) state.set(name, { ...entry, data: entry.data.with(at, value) });
    await writeCheckpoint(path, state);
    const loading = loadModel(path, tiny(), { origin });
    await expect(loading).rejects.toThrow(UserError);
    await expect(loading).rejects.toThrow(
      `${path} does not hold a ResNet8: ${what}, which no network can compute with.`,
    );
  });
});

test("the part of a file that is taken is said, where it is a part", async () => {
  const folder = await temporaryFolder();
  const state = await tiny().stateDict();
  const named = (prefix: string) => [...state].map(([name, array]) => [prefix + name, array] as const);
  const files: Record<string, StateDict> = {
    whole: state,
    wrapped: new Map(named("module.")),
    part: new Map([...named("net.model."), ...named("ema.")]),
  };
  const said: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, `${name}.safetensors`);
    await writeCheckpoint(path, content);
    const reporter = { ...silentReporter, info: (line: string) => said.push(line) };
    const model = await loadModel(path, tiny(), { origin, reporter });
    expect(await model.stateDict()).toEqual(state);
  }
  expect(said).toEqual([`${join(folder, "part.safetensors")}: the weights are those of "net.model"`]);
});

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { startEngine } from "../../src/engine/start.js";
import { RunError } from "../../src/errors.js";
import { createModel } from "../../src/models/create-model.js";
import { saveModel } from "../../src/training/saved-model.js";
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

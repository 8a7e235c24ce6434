import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  readCheckpoint,
  resolveCheckpoint,
  savePathFor,
  writeCheckpoint,
} from "../../src/store/checkpoint.js";
import type { StateDict } from "../../src/store/state-dict.js";
import { temporaryFolder } from "./temporary-folder.js";

const state: StateDict = new Map([["linear.weight", { shape: [1, 2], data: Float32Array.of(1, 2) }]]);

test("a model's extension is replaced, dots of the stem are kept", () => {
  expect(savePathFor("m/resnet18_200_clean.pth")).toBe("m/resnet18_200_clean.safetensors");
  expect(savePathFor("m/model_lc_CIFAR10_16_0.1_200_128")).toBe(
    "m/model_lc_CIFAR10_16_0.1_200_128.safetensors",
  );
  expect(savePathFor("m/a.safetensors")).toBe("m/a.safetensors");
});

test("a path to .pth finds what was saved as .safetensors", async () => {
  const asked = join(await temporaryFolder(), "clean_0.1.pth");
  expect(await resolveCheckpoint(asked)).toBeUndefined();
  await expect(readCheckpoint(asked)).rejects.toThrow(/no checkpoint .*\.pth or .*\.safetensors/);
  await writeCheckpoint(savePathFor(asked), state, { seed: "545" });
  expect(await resolveCheckpoint(asked)).toBe(savePathFor(asked));
  expect(await readCheckpoint(asked)).toEqual({ state, metadata: { seed: "545" }, leftOut: [] });
});

test("a PyTorch file that is there is read, before one of the same stem", async () => {
  const path = join(await temporaryFolder(), "model.pth");
  await copyFile(new URL("../fixtures/pytorch/tiny_cnn.pth", import.meta.url), path);
  await writeCheckpoint(savePathFor(path), state);
  const read = await readCheckpoint(path);
  expect(read.metadata).toEqual({});
  expect(read.state.get("fc.weight")?.shape).toEqual([10, 16]);
});

import { beforeAll, expect, test } from "vitest";
import { createModel, startEngine } from "../../src/index.js";
import { fitState } from "../../src/models/fit-state.js";
import { createRng } from "../../src/random/rng.js";
import { golden } from "../golden.js";

const positions = "positional_embedding.pos_embedding";
const micro = (side: number, classes: number, seed: string) =>
  createModel("ViT-Micro", { classes, inputShape: [side, side, 3], rng: createRng(seed) });

beforeAll(async () => {
  await startEngine();
});

test("577 positions become 197 as in the original, each the nearest along the sequence", async () => {
  const { source } = golden<{ position_resize: { source: number[] } }>("state_dict_vit_b16").position_resize;
  // 14 x 14 patches of 8 pixels: as many positions as B/16 has at 224 pixels.
  const model = micro(112, 10, "a");
  const state = await model.stateDict();
  const old = Float32Array.from({ length: 577 * 16 }, (_, i) => i);
  state.set(positions, { shape: [1, 577, 16], data: old });
  model.loadStateDict(await fitState(state, model));
  const loaded = (await model.stateDict()).get(positions);
  expect(loaded?.shape).toEqual([1, 197, 16]);
  expect(loaded?.data).toEqual(
    Float32Array.from(source.flatMap((row) => [...old.slice(row * 16, row * 16 + 16)])),
  );
  model.dispose();
});

test("a head of other classes is refused, or replaced by a fresh one where that is allowed", async () => {
  const pretrained = micro(48, 1000, "a");
  const model = micro(32, 4, "b");
  const state = await pretrained.stateDict();
  const refused = await fitState(state, model);
  expect(() => model.loadStateDict(refused)).toThrow("fc.weight is [1000,16] instead of [4,16]");

  model.loadStateDict(await fitState(state, model, createRng("fresh")));
  const loaded = await model.stateDict();
  expect(loaded.get("norm.weight")).toEqual(state.get("norm.weight"));
  expect(loaded.get("patch_embedding.weight")).toEqual(state.get("patch_embedding.weight"));
  const head = loaded.get("fc.weight")?.data ?? new Float32Array();
  expect(Math.max(...head.map(Math.abs))).toBeGreaterThan(0.2);
  // The stream decides, not what the head held before.
  const again = (await fitState(state, micro(32, 4, "c"), createRng("fresh"))).get("fc.weight");
  expect(again?.data).toEqual(head);
});

test("a head that fits stays, and any other misfit is still refused", async () => {
  const model = micro(32, 4, "a");
  const other = micro(32, 4, "b");
  const state = await other.stateDict();
  model.loadStateDict(await fitState(state, model, createRng("fresh")));
  expect(await model.stateDict()).toEqual(state);
  state.delete("norm.bias");
  const misfit = await fitState(state, model, createRng("fresh"));
  expect(() => model.loadStateDict(misfit)).toThrow("norm.bias is missing");
  model.dispose();
  other.dispose();
});

test("counters that old files lack are 0, and nothing else may be missing", async () => {
  const source = createModel("ResNet8", { classes: 3, inputShape: [8, 8, 3], width: 2, rng: createRng("a") });
  const model = createModel("ResNet8", { classes: 3, inputShape: [8, 8, 3], width: 2, rng: createRng("b") });
  source.countBatch();
  const state = await source.stateDict();
  const old = new Map([...state].filter(([name]) => !name.endsWith("num_batches_tracked")));
  model.loadStateDict(await fitState(old, model));
  const loaded = await model.stateDict();
  expect(loaded.get("bn1.num_batches_tracked")?.data).toEqual(Float32Array.of(0));
  expect(loaded.get("layer1.0.bn1.running_var")).toEqual(state.get("layer1.0.bn1.running_var"));
  old.delete("bn1.running_var");
  const misfit = await fitState(old, model);
  expect(() => model.loadStateDict(misfit)).toThrow("bn1.running_var is missing");
});

import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AdapterInfo } from "../../../src/engine/dawn.js";
import { selfTests, tileRaces } from "../../../src/engine/device/remembered.js";

const adapter = {
  vendor: "nvidia",
  architecture: "hopper",
  device: "nvidia-h100",
  description: "NVIDIA: 565.57",
} as AdapterInfo;
const key = { adapter, dawnVersion: "0.6.2" };
const tested = {
  switches: true,
  features: ["shader-f16"],
  refused: [{ feature: "subgroups", failure: "crashes" }],
};
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-remembered-"));
  vi.stubEnv("XDG_CACHE_HOME", folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

test("a self-test's result holds for the same device, driver and Dawn", async () => {
  await selfTests.remember(key, tested);
  expect(await selfTests.recall(key)).toEqual(tested);
  expect(await selfTests.recall({ ...key, dawnVersion: "0.6.3" })).toBeUndefined();
  for (const changed of [{ description: "NVIDIA: 570.1" }, { device: "nvidia-a100" }])
    expect(
      await selfTests.recall({ ...key, adapter: { ...adapter, ...changed } as AdapterInfo }),
    ).toBeUndefined();
});

test("a race of tiles is remembered beside it", async () => {
  const orders = [[2, 0], null];
  await tileRaces.remember(key, orders);
  expect(await tileRaces.recall(key)).toEqual(orders);
  expect(await selfTests.recall(key)).toBeUndefined();
  await tileRaces.remember(key, [[99]]);
  expect(await tileRaces.recall(key)).toBeUndefined();
});

test("what cannot be read is tested again, and what cannot be written is no failure", async () => {
  await selfTests.remember(key, tested);
  const [name] = await readdir(join(folder, "poisonspot"));
  await writeFile(join(folder, "poisonspot", name), '{"switches":1}');
  expect(await selfTests.recall(key)).toBeUndefined();
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "poisonspot", name));
  await selfTests.remember(key, tested);
  expect(await selfTests.recall(key)).toBeUndefined();
});

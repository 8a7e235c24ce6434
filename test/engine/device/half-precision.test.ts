import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { findDawn, loadDawn, openDawn } from "../../../src/engine/dawn.js";
import { selfTests } from "../../../src/engine/device/remembered.js";
import { startEngine } from "../../../src/engine/start.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-half-"));
  vi.stubEnv("XDG_CACHE_HOME", folder);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

test.each(["tensorflow", "wasm", "cpu"] as const)(
  "%s refuses mixed precision before it starts",
  async (engine) => {
    await expect(startEngine({ engine, precision: "mixed" })).rejects.toMatchObject({
      name: "UserError",
      message: `--precision mixed is for the engine webgpu alone, not for ${engine}.`,
      hint: expect.stringContaining("leave --precision out"),
    });
  },
);

test("a device whose 16-bit floats failed its test refuses it, too, and computes in float32", async ({
  skip,
}) => {
  const dawn = findDawn();
  if (dawn === undefined) return skip("Dawn is not installed");
  const { adapter } = await openDawn(await loadDawn(dawn), [], false);
  if (adapter === undefined) return skip("there is no WebGPU here");
  const refused = [{ feature: "shader-f16", failure: "crashes" }];
  const key = { adapter: adapter.info, dawnVersion: dawn.version };
  await selfTests.remember(key, { switches: false, features: ["subgroups"], refused });
  await expect(startEngine({ engine: "webgpu", precision: "mixed" })).rejects.toMatchObject({
    name: "UserError",
    message: expect.stringMatching(/^--precision mixed needs 16-bit floats.*has, but crashes/),
    hint: expect.stringContaining("Leave --precision out"),
  });
  expect((await startEngine({ engine: "webgpu" })).description).not.toContain("mixed");
});

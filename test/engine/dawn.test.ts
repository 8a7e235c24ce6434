import { expect, test } from "vitest";
import { type AdapterInfo, findDawn, isSoftware } from "../../src/engine/dawn.js";
import { describeTiles, examineGraphics } from "../../src/engine/dawn-test.js";

const info = (fields: Partial<AdapterInfo>) =>
  ({
    vendor: "",
    architecture: "",
    device: "",
    description: "",
    isFallbackAdapter: false,
    ...fields,
  }) as AdapterInfo;

test.each([
  [{ vendor: "mesa", description: "llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)", isFallbackAdapter: true }, true],
  [{ vendor: "mesa", architecture: "software", device: "llvmpipe-llvm-15-0-6-256-bits-" }, true],
  [{ vendor: "google", architecture: "swiftshader" }, true],
  [{ vendor: "microsoft", description: "Microsoft Basic Render Driver" }, true],
  [{ vendor: "nvidia", architecture: "ampere", description: "NVIDIA GeForce RTX 3060" }, false],
  [{ vendor: "intel", architecture: "gen-12lp", description: "Intel(R) Iris(R) Xe Graphics" }, false],
])("a processor that plays a GPU is known by what Dawn says: %o, %s", (fields, expected) => {
  expect(isSoftware(info(fields))).toBe(expected);
});

test("the doctor's look at graphics says which device, or why none", async () => {
  const { text, device, details, key } = await examineGraphics({ cuda: false });
  if (findDawn() === undefined) expect(text).toContain("webgpu is not installed");
  else expect(text).toMatch(device === undefined ? /^Dawn [\d.]+, but no device: ./ : /Dawn [\d.]+.*: ./);
  if (key === undefined) return;
  const told = Object.fromEntries(details.map(({ topic, text }) => [topic, text]));
  expect(told["- GPUs"]).toMatch(/^--gpu_id 0: ./);
  expect(told["- self-test"]).toMatch(/^passed: float32.*Dawn's switches (on|off)/);
  expect(told["- limits"]).toMatch(/^a tensor \d+ MiB, a buffer \d+ MiB, \d+ buffers a shader, \d+ threads/);
  expect(await describeTiles(key)).toMatch(/^(by shape|raced: 256x64 )/);
});

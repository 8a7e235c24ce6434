import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, type TestContext, test } from "vitest";
import { type Dawn, type DawnPackage, findDawn, loadDawn, openDawn } from "../../../src/engine/dawn.js";
import { optionalFeatures } from "../../../src/engine/device/features.js";
import { testDevice } from "../../../src/engine/device/self-test.js";
import { composedKernels } from "../../../src/engine/kernels/composed-kernels.js";
import { webgpuKernels } from "../../../src/engine/kernels/webgpu-kernels.js";
import { tf } from "../../../src/engine/tf.js";
import { openDevice } from "../../../src/engine/webgpu.js";
import { registerWebgpu } from "../../../src/engine/webgpu-backend.js";

const dawn = findDawn();
let folder: string;
let isHere = false;
let features: string[];

/** An adapter makes one device only. */
const openAdapter = async (): Promise<Partial<Dawn>> =>
  dawn === undefined ? {} : openDawn(await loadDawn(dawn), [], false);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-self-test-"));
  const { adapter } = await openAdapter();
  isHere = adapter !== undefined;
  features = optionalFeatures.filter((name) => adapter?.features.has(name));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach((context: TestContext) => {
  if (!isHere) context.skip("there is no WebGPU here");
});

/** Dawn on a driver that has, or dies of, what `change` makes of it; `flags` are those Dawn is made with. */
async function dawnWith(change: string): Promise<DawnPackage> {
  if (dawn === undefined) throw new Error("Dawn is not installed.");
  const place = await mkdtemp(join(folder, "dawn-"));
  await writeFile(join(place, "package.json"), '{"type":"module"}');
  await writeFile(
    join(place, "index.js"),
    `import * as dawn from ${JSON.stringify(pathToFileURL(join(dawn.folder, "index.js")).href)};
export const { globals } = dawn;
const { GPUDevice } = globals;
const { createShaderModule } = GPUDevice.prototype;
const atShader = (act) => { GPUDevice.prototype.createShaderModule = function (d) { act(d.code); return createShaderModule.call(this, d); }; };
let hidden = [];
const without = (adapter) => new Proxy(adapter, { get(target, key) {
  if (key === "features") return new Set([...target.features].filter((name) => !hidden.includes(name)));
  return typeof target[key] === "function" ? target[key].bind(target) : target[key];
} });
export function create(flags) {
  ${change};
  const gpu = dawn.create(flags);
  return { requestAdapter: async (options) => without(await gpu.requestAdapter(options)) };
}
`,
  );
  return { folder: place, version: dawn.version };
}

test("what works is used; Dawn's switches are not where they show nothing more", async () => {
  if (dawn === undefined) return;
  const tested = await testDevice(dawn);
  expect(tested.features).toEqual(features);
  expect(tested).toMatchObject({ switches: false, refused: [] });
});

test("a driver that dies of float16 is left the rest", async () => {
  const deadly = await dawnWith('atShader((code) => code.includes("enable f16") && process.abort())');
  expect(await testDevice(deadly)).toEqual({
    switches: false,
    features: features.filter((name) => name !== "shader-f16"),
    refused: features.includes("shader-f16")
      ? [{ feature: "shader-f16", failure: expect.stringMatching(/^crashes/) }]
      : [],
  });
});

test("switches that show a feature are used where it works, and left where the driver dies of them", async () => {
  const hidden = 'if (!flags.some((flag) => flag.includes("f16_on_nvidia"))) hidden = ["subgroups"]';
  expect(await testDevice(await dawnWith(hidden))).toEqual({ switches: true, features, refused: [] });
  const deadly = await dawnWith(`${hidden}; else process.abort()`);
  expect(await testDevice(deadly)).toEqual({
    switches: false,
    features: features.filter((name) => name !== "subgroups"),
    refused: [{ feature: "Dawn's switches", failure: expect.stringMatching(/^crashes/) }],
  });
});

test("a driver that dies only as the process ends is used", async () => {
  const late = await dawnWith('process.on("exit", () => process.abort())');
  expect(await testDevice(late)).toEqual({ switches: false, features, refused: [] });
});

test("wrong numbers are noticed: of a feature, it is left out; of the device, it is refused", async () => {
  const wrong = await dawnWith(
    "atShader(() => {}); GPUDevice.prototype.createShaderModule = function (d) { return createShaderModule.call(this, { code: d.code.replace('subgroupAdd(', 'subgroupMax(') }); }",
  );
  expect((await testDevice(wrong)).refused).toEqual([
    { feature: "subgroups", failure: "computes wrong numbers" },
  ]);
  if (dawn === undefined) return;
  // Dawn's null backend computes nothing.
  await expect(testDevice(dawn, ["backend=null"])).rejects.toThrow(
    "the graphics device computes wrong numbers",
  );
});

test("the engine's kernels need none of the optional features", async () => {
  for (const missing of [[], ...optionalFeatures.map((name) => [name]), optionalFeatures]) {
    const { gpu, adapter } = await openAdapter();
    if (gpu === undefined || adapter === undefined) throw new Error("There was one before.");
    const asked = features.filter((name) => !(missing as readonly string[]).includes(name));
    const device = await openDevice(adapter, asked);
    for (const name of optionalFeatures)
      expect(device.features.has(name as GPUFeatureName)).toBe(asked.includes(name));
    registerWebgpu(gpu, device, adapter);
    const convolved = async (backend: string, kernels: typeof webgpuKernels) => {
      await tf.setBackend(backend);
      const [x, w] = [tf.range(0, 72).reshape([1, 6, 6, 2]), tf.range(0, 36).reshape([3, 3, 2, 2])];
      const y = kernels.convolution(x as tf.Tensor4D, w as tf.Tensor4D, { stride: 1, pad: 1 });
      return [...(await y.data())];
    };
    expect(await convolved("webgpu", webgpuKernels)).toEqual(await convolved("cpu", composedKernels));
    tf.removeBackend("webgpu");
  }
});

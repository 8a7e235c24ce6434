import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { findDawn, loadDawn, openDawn } from "../../../src/engine/dawn.js";
import { adapterNames, noAdapter } from "../../../src/engine/device/adapters.js";
import { startEngine } from "../../../src/engine/start.js";
import { startWebgpuOnGpu } from "../../../src/engine/webgpu.js";

/** Two processors that play GPUs: Mesa's, and Chromium's, by their common places. */
const drivers = [
  ["lvp_icd.json", "lvp_icd.x86_64.json", "lvp_icd.aarch64.json"].map(
    (name) => `/usr/share/vulkan/icd.d/${name}`,
  ),
  ["/usr/lib/chromium/vk_swiftshader_icd.json"],
].map((places) => places.find((path) => existsSync(path)));
const dawn = findDawn();
const hasBoth = dawn !== undefined && drivers.every((path) => path !== undefined);

beforeAll(() => {
  // Read by the system's loader of drivers, of which old ones know the second name only.
  if (hasBoth)
    for (const name of ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"]) process.env[name] = drivers.join(delimiter);
});

test.skipIf(!hasBoth)("--gpu_id chooses among two adapters, and refuses a third", async ({ skip }) => {
  if (dawn === undefined) return;
  const loaded = await loadDawn(dawn);
  const { adapter } = await openDawn(loaded, [], false);
  const complaint = await openDawn(loaded, [noAdapter], false).then(String, String);
  // An old Mesa is there, but not for Dawn.
  if (adapterNames(complaint, "").length < 2) skip("Dawn takes only one of the two drivers");
  const third = startEngine({ engine: "webgpu", gpuId: 2 });
  await expect(third).rejects.toThrow("There is no GPU 2 for WebGPU.");
  await expect(third).rejects.toMatchObject({
    name: "UserError",
    hint: expect.stringMatching(/^There are 0: .*; 1: .*/),
  });
  // Neither is a GPU.
  expect(await startWebgpuOnGpu({ gpuId: 1 })).toBeUndefined();
  const { description, tf } = await startEngine({ engine: "webgpu", gpuId: 1 });
  const [first, second] = [/swiftshader/, /llvmpipe/].sort((a) =>
    a.test(adapter?.info.device ?? "") ? -1 : 1,
  );
  expect(adapter?.info.device).toMatch(first);
  expect(description).toMatch(second);
  expect([...(await tf.add([1, 2], 1).data())]).toEqual([2, 3]);
});

import { beforeAll, beforeEach, expect, test } from "vitest";
import { findDawn, loadDawn, openDawn } from "../../../src/engine/dawn.js";
import { BufferPool } from "../../../src/engine/device/buffer-pool.js";
import { pace } from "../../../src/engine/pace.js";
import { tf } from "../../../src/engine/tf.js";
import { openDevice } from "../../../src/engine/webgpu.js";
import { registerWebgpu } from "../../../src/engine/webgpu-backend.js";

const dawn = findDawn();
let device: GPUDevice;

/** Dawn's null backend computes nothing, but has 128 MiB for a tensor and 512 MiB for all, and says so as a GPU does. */
beforeAll(async () => {
  if (dawn === undefined) return;
  const { gpu, adapter } = await openDawn(await loadDawn(dawn), ["backend=null"], false);
  if (adapter === undefined) throw new Error("Dawn has no null backend.");
  device = await openDevice(adapter);
  registerWebgpu(gpu, device, adapter);
  await tf.setBackend("webgpu");
});
beforeEach(({ skip }) => {
  if (dawn === undefined) skip("Dawn is not installed");
});

test("a tensor larger than the device takes is refused when it is made, and harms no other", async () => {
  expect(() => tf.fill([2 ** 26], 1)).toThrow(
    expect.objectContaining({
      name: "RunError",
      message: "A tensor of 268 MB is more than this graphics device takes in one piece, 134 MB.",
      hint: expect.stringMatching(/smaller batches \(--bs, .*--precision mixed/),
    }),
  );
  for (let step = 0; step < 4; step++) await pace();
});

test("a buffer to be filled that the system has no memory for is a lack of memory, too", () => {
  const promising = {
    limits: { maxBufferSize: 2 ** 50 },
    createBuffer: device.createBuffer.bind(device),
  } as unknown as GPUDevice;
  const usage = GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC;
  expect(() => new BufferPool(promising).acquireBuffer(2 ** 45, usage, true)).toThrow(
    /^The graphics device has not enough memory for the 35 TB that this run wants at once: createBuffer/,
  );
});

// Last: from here on the device has failed.
test("a device whose memory is full fails the next step, and says how much was wanted and what helps", async () => {
  const steps = async () => {
    for (let step = 0; step < 12; step++) {
      tf.fill([2 ** 24], 1);
      await pace();
    }
  };
  await expect(steps()).rejects.toMatchObject({
    name: "RunError",
    message: expect.stringMatching(/not enough memory for the \d+ MB that this run wants at once/),
    hint: expect.stringMatching(/goes on where it stopped.*smaller batches \(--bs/),
  });
});

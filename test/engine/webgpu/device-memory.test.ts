import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { beforeAll, beforeEach, expect, type TestContext, test } from "vitest";
import { pace } from "../../../src/engine/pace.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";

let reason = "";
beforeAll(async () => {
  await startEngine({ engine: "webgpu" }).catch((error: unknown) => {
    reason = `webgpu does not start here: ${error}`;
  });
});
beforeEach((context: TestContext) => {
  if (reason !== "") context.skip(reason);
});

const backendOf = () => tf.backend() as WebGPUBackend;

test("buffers that no tensor has taken for long are given back, those in use stay", async () => {
  const pool = backendOf().bufferManager;
  const kept = tf.ones([20, 20]);
  const step = async () => {
    const product = tf.matMul(kept, kept);
    expect((await product.data())[399]).toBe(20);
    product.dispose();
  };
  for (let i = 0; i < 3; i++) await step();
  const before = pool.numBytesAllocated;
  tf.tidy(() => {
    for (let rows = 2000; rows < 2020; rows++) tf.matMul(tf.ones([rows, 1]), tf.ones([1, 1]));
  });
  expect(pool.numBytesAllocated).toBeGreaterThan(before + 20 * 4 * 2000);
  for (let i = 0; i < 40; i++) await step();
  expect(pool.numBytesAllocated).toBeLessThanOrEqual(before);
  expect(pool.numBytesUsed).toBeGreaterThanOrEqual(4 * kept.size);
  kept.dispose();
});

test("a device is never given more than it does within two steps", async () => {
  const backend = backendOf();
  const wait = backend.queue.onSubmittedWorkDone.bind(backend.queue);
  let [begun, done, most] = [0, 0, 0];
  backend.queue.onSubmittedWorkDone = async () => {
    begun++;
    await wait();
    done++;
    return undefined;
  };
  const x = tf.ones([256, 256]);
  for (let step = 0; step < 12; step++) {
    tf.dispose(tf.matMul(x, x));
    backend.endComputePassEncoder();
    backend.submitQueue();
    await pace();
    most = Math.max(most, begun - done);
  }
  expect(begun).toBe(12);
  expect(most).toBeLessThanOrEqual(2);
  Reflect.deleteProperty(backend.queue, "onSubmittedWorkDone");
  x.dispose();
});

// Last: from here on the engine does not work.
test("a lost device fails the next reading and the next step, and says that the run can go on", async () => {
  const x = tf.neg(tf.ones([500]));
  backendOf().device.destroy();
  await expect(x.data()).rejects.toThrow("The graphics device was lost");
  const steps = async () => {
    for (let i = 0; i < 4; i++) await pace();
  };
  await expect(steps()).rejects.toThrow(
    expect.objectContaining({ hint: expect.stringContaining("goes on where it stopped") }),
  );
});

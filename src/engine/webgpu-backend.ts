import { createRequire } from "node:module";
import type * as webgpuBackend from "@tensorflow/tfjs-backend-webgpu";
import type { Adapter } from "./dawn.js";
import { BufferPool } from "./device/buffer-pool.js";
import { watchDevice } from "./device/device-failure.js";
import { widen } from "./kernels/webgpu/shader.js";
import { registerAddN } from "./kernels/webgpu-add-n.js";
import { registerProduct } from "./kernels/webgpu-product.js";
import type { PacedBackend } from "./pace.js";
import { tf } from "./tf.js";

const require = createRequire(import.meta.url);

/** Makes tfjs's backend on this device the one named "webgpu". */
export function registerWebgpu(gpu: GPU, device: GPUDevice, adapter: Adapter): void {
  const backend = createBackend(gpu, device, adapter);
  tf.registerBackend("webgpu", () => backend);
  registerAddN();
  registerProduct();
}

/** tfjs's backend on our device. A failed device fails the next reading, and the next `pace`. */
function createBackend(gpu: GPU, device: GPUDevice, { info }: Adapter): PacedBackend {
  const { WebGPUBackend }: typeof webgpuBackend = require("@tensorflow/tfjs-backend-webgpu");
  const backend = withNavigator(gpu, () => new WebGPUBackend(device, info));
  // Above 0, tfjs cuts long sums among workgroups that add in the order in which they finish: no two runs are the same.
  backend.thresholdToIncreaseWorkgroups = 0;
  submitRarely(backend);
  const pool = new BufferPool(device);
  keepFewBuffers(backend, pool);
  widenForTfjs(backend);
  const watch = watchDevice(device, () => pool.numBytesAllocated);
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    widen(backend, dataId);
    const values = await read(dataId).catch(watch.note);
    watch.check();
    if (values === undefined) throw new Error("Nothing was read.");
    return values;
  };
  return Object.assign(backend, {
    async settled() {
      await backend.queue.onSubmittedWorkDone().catch(watch.note);
      watch.check();
    },
  });
}

/** Every shader of tfjs has its operands put on the device first: what is in half the bytes becomes float32 there. */
function widenForTfjs(backend: webgpuBackend.WebGPUBackend): void {
  const upload = backend.uploadToGPU.bind(backend);
  backend.uploadToGPU = (dataId) => {
    widen(backend, dataId);
    upload(dataId);
  };
}

function keepFewBuffers(backend: webgpuBackend.WebGPUBackend, pool: BufferPool): void {
  // It has all of tfjs's class but what that keeps to itself.
  backend.bufferManager = pool as unknown as typeof backend.bufferManager;
  const submit = backend.submitQueue.bind(backend);
  backend.submitQueue = () => {
    submit();
    pool.submitted();
  };
}

/** Dispatches that go to the device at once: few enough that a slow device answers before the system gives it up. */
const dispatchesASubmission = 128;

/**
 * A submission costs as much as several dispatches. tfjs keeps the buffers of disposed tensors until it has submitted what
 * uses them; the device does all in order, so that another dispatch may have them at once, and rare submissions cost no memory.
 */
function submitRarely(backend: webgpuBackend.WebGPUBackend): void {
  tf.env().set("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE", dispatchesASubmission);
  const none = { add: () => none, has: () => false };
  // tfjs puts a new set there after every submission.
  Object.defineProperty(backend, "commandQueueOwnedIds", { get: () => none, set: () => undefined });
}

/** tfjs makes the backend only where a browser's `navigator.gpu` is; elsewhere libraries take that for a browser. */
function withNavigator<T>(gpu: GPU, make: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  try {
    return make();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, "navigator");
    else Object.defineProperty(globalThis, "navigator", before);
  }
}

import { createRequire } from "node:module";
import type * as webgpuBackend from "@tensorflow/tfjs-backend-webgpu";
import { RunError } from "../errors.js";
import type { Adapter } from "./dawn.js";
import { registerAddN } from "./kernels/webgpu-add-n.js";
import { registerProduct } from "./kernels/webgpu-product.js";
import { tf } from "./tf.js";

const require = createRequire(import.meta.url);

/** Makes tfjs's backend on this device the one named "webgpu". */
export function registerWebgpu(gpu: GPU, device: GPUDevice, adapter: Adapter): void {
  const backend = createBackend(gpu, device, adapter);
  tf.registerBackend("webgpu", () => backend);
  registerAddN();
  registerProduct();
}

/**
 * tfjs's backend on our device. An error of a WebGPU call shows only as an event, and its results are whatever the
 * buffers held: here the next reading fails instead.
 */
function createBackend(gpu: GPU, device: GPUDevice, { info }: Adapter): tf.KernelBackend {
  const { WebGPUBackend }: typeof webgpuBackend = require("@tensorflow/tfjs-backend-webgpu");
  const backend = withNavigator(gpu, () => new WebGPUBackend(device, info));
  // Above 0, tfjs cuts long sums among workgroups that add in the order in which they finish: no two runs are the same.
  backend.thresholdToIncreaseWorkgroups = 0;
  submitRarely(backend);
  let failure: string | undefined;
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault(); // Dawn's default is to print it.
    failure ??= (event as GPUUncapturedErrorEvent).error.message.split("\n", 1)[0];
  });
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    const values = await read(dataId).catch((error: unknown) => {
      failure ??= String(error); // the device is lost
    });
    if (failure === undefined && values !== undefined) return values;
    throw new RunError(
      `The graphics device failed: ${failure}`,
      "Smaller batches need less memory; --engine wasm works without a graphics device.",
    );
  };
  return backend;
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

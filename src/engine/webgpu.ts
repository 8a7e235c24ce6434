import { createRequire } from "node:module";
import type * as webgpuBackend from "@tensorflow/tfjs-backend-webgpu";
import { RunError } from "../errors.js";
import { type Adapter, findDawn, isSoftware, mayHaveGpu, openDawn } from "./dawn.js";
import type { Engine, EngineOptions } from "./engine.js";
import { registerAddN } from "./kernels/webgpu-add-n.js";
import { tf } from "./tf.js";

const require = createRequire(import.meta.url);

/** A process opens one device, once. */
let opened: Engine | undefined;

/**
 * Starts tfjs's WebGPU backend on Dawn: any GPU with Vulkan, Metal or Direct3D 12, or a processor that plays one.
 * @throws when the package "webgpu" is not installed, or no driver has a device that Dawn can use
 */
export function startWebgpu(): Promise<Engine> {
  return start({ softwareToo: true });
}

/** Starts it where there is a real GPU, of which it takes the first; looks for one only where there may be one. */
export async function startWebgpuOnGpu({ gpuId = 0 }: EngineOptions): Promise<Engine | undefined> {
  if (findDawn() === undefined || !mayHaveGpu() || gpuId > 0) return undefined;
  return start({ softwareToo: false }).catch(() => undefined);
}

async function start({ softwareToo }: { softwareToo: boolean }): Promise<Engine> {
  opened ??= await open({ softwareToo });
  if (opened.device === "cpu" && !softwareToo) throw new Error("the device plays a GPU");
  await tf.setBackend("webgpu");
  await tf.ready();
  return opened;
}

async function open({ softwareToo }: { softwareToo: boolean }): Promise<Engine> {
  const dawn = findDawn();
  if (dawn === undefined) throw new Error("the package webgpu is not installed");
  const { gpu, adapter } = await openDawn(dawn, softwareToo);
  if (adapter === undefined) throw new Error("no graphics driver here has a device that WebGPU can use");
  const software = isSoftware(adapter.info);
  if (software && !softwareToo) throw new Error("the device plays a GPU");
  const { description, device: deviceName } = adapter.info;
  const name = description || deviceName;
  const backend = createBackend(gpu, await openDevice(adapter), adapter);
  tf.registerBackend("webgpu", () => backend);
  registerAddN();
  return {
    name: "webgpu",
    device: software ? "cpu" : "gpu",
    description: `webgpu (Dawn ${dawn.version}), ${software ? "CPU as a software GPU, slow" : "GPU"}: ${name}`,
    threads: 1,
    libraryVersion: dawn.version,
    tf,
  };
}

/** A device with all that its adapter can hold: the standard's own limits refuse buffers over 128 MiB. */
function openDevice(adapter: Adapter): Promise<GPUDevice> {
  const wanted = [
    "maxBufferSize",
    "maxComputeInvocationsPerWorkgroup",
    "maxComputeWorkgroupSizeX",
    "maxComputeWorkgroupStorageSize",
    "maxComputeWorkgroupsPerDimension",
    "maxStorageBufferBindingSize",
  ] as const;
  return adapter.requestDevice({
    requiredLimits: Object.fromEntries(wanted.map((name) => [name, adapter.limits[name]])),
  });
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

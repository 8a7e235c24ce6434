import { type Adapter, findDawn, isSoftware, mayHaveGpu, openDawn } from "./dawn.js";
import type { Engine, EngineOptions } from "./engine.js";
import { tf } from "./tf.js";
import { registerWebgpu } from "./webgpu-backend.js";

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
  registerWebgpu(gpu, await openDevice(adapter), adapter);
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
export function openDevice(adapter: Adapter): Promise<GPUDevice> {
  const wanted = [
    "maxBufferSize",
    "maxComputeInvocationsPerWorkgroup",
    "maxComputeWorkgroupSizeX",
    "maxComputeWorkgroupStorageSize",
    "maxComputeWorkgroupsPerDimension",
    "maxStorageBufferBindingSize",
    "maxStorageBuffersPerShaderStage",
  ] as const;
  return adapter.requestDevice({
    requiredLimits: Object.fromEntries(wanted.map((name) => [name, adapter.limits[name]])),
  });
}

import { messageOf, UserError } from "../errors.js";
import {
  type Adapter,
  type DawnModule,
  type DawnPackage,
  findDawn,
  isSoftware,
  loadDawn,
  mayHaveGpu,
  nameOf,
  openDawn,
} from "./dawn.js";
import { adapterNames, flagsOf, noAdapter } from "./device/adapters.js";
import { dawnSwitches } from "./device/features.js";
import { type DeviceKey, selfTests, tileRaces } from "./device/remembered.js";
import { isLasting, type TestedDevice, testDevice } from "./device/self-test.js";
import { raceTiles } from "./device/tile-race.js";
import type { Engine, EngineOptions } from "./engine.js";
import { useTileOrders } from "./kernels/webgpu/tiles.js";
import { tf } from "./tf.js";
import { registerWebgpu } from "./webgpu-backend.js";

interface Wanted {
  readonly gpuId: number;
  /** Whether a processor that plays a GPU will do. */
  readonly softwareToo: boolean;
}

/** A process opens one device, once. */
let opened: (Engine & { readonly tested: TestedDevice }) | undefined;

/** @throws UserError where the device that was opened cannot compute with float16 */
export function requireHalfPrecision({ description }: Engine): void {
  const { features = [], refused = [] } = opened?.tested ?? {};
  if (features.includes("shader-f16")) return;
  const failure = refused.find(({ feature }) => feature === "shader-f16")?.failure;
  throw new UserError(
    `--precision mixed needs 16-bit floats (shader-f16), which this device ${failure === undefined ? "does not have" : `has, but ${failure}`}: ${description}.`,
    "Leave --precision out: float32 works on every device. A newer driver may bring them; `poisonspot doctor` says what it finds.",
  );
}

/**
 * Starts tfjs's WebGPU backend on Dawn: any GPU with Vulkan, Metal or Direct3D 12, or a processor that plays one.
 * @throws when the package "webgpu" is not installed, or no driver has a device that Dawn can use; UserError when there is no
 * GPU of the number given
 */
export function startWebgpu({ gpuId = 0 }: EngineOptions): Promise<Engine> {
  return start({ gpuId, softwareToo: true });
}

/** Starts it where there is a real GPU; looks for one only where there may be one. */
export async function startWebgpuOnGpu({ gpuId = 0 }: EngineOptions): Promise<Engine | undefined> {
  if (findDawn() === undefined || !mayHaveGpu()) return undefined;
  return start({ gpuId, softwareToo: false }).catch(() => undefined);
}

async function start(wanted: Wanted): Promise<Engine> {
  opened ??= await open(wanted);
  if (opened.device === "cpu" && !wanted.softwareToo) throw new Error("the device plays a GPU");
  await tf.setBackend("webgpu");
  await tf.ready();
  return opened;
}

async function open({ gpuId, softwareToo }: Wanted): Promise<NonNullable<typeof opened>> {
  const dawnPackage = findDawn();
  if (dawnPackage === undefined) throw new Error("the package webgpu is not installed");
  const dawn = await loadDawn(dawnPackage);
  const choice = gpuId === 0 ? [] : flagsOf(gpuId, await listAdapters(dawn));
  const plain = await openDawn(dawn, choice, softwareToo);
  if (plain.adapter === undefined)
    throw new Error("no graphics driver here has a device that WebGPU can use");
  const software = isSoftware(plain.adapter.info);
  if (software && !softwareToo) throw new Error("the device plays a GPU");
  const key = { adapter: plain.adapter.info, dawnVersion: dawnPackage.version };
  const tested = await recallOrTest(dawnPackage, key, choice);
  const switched = tested.switches ? await openDawn(dawn, [...choice, dawnSwitches], false) : plain;
  const { gpu, adapter = plain.adapter } = switched;
  registerWebgpu(gpu, await openDevice(adapter, tested.features), adapter);
  // A processor is slow with any, and a race of a second would end before it told which.
  if (!software) await chooseTiles(key);
  const kind = software ? "CPU as a software GPU, slow" : "GPU";
  const refused = tested.refused.map(({ feature, failure }) => `, without ${feature} (${failure})`);
  return {
    name: "webgpu",
    device: software ? "cpu" : "gpu",
    description: `webgpu (Dawn ${dawnPackage.version}), ${kind}: ${nameOf(adapter.info)}${refused.join("")}`,
    threads: 1,
    libraryVersion: dawnPackage.version,
    tf,
    tested,
  };
}

/** The adapters by name; a number counts them so. */
async function listAdapters(dawn: DawnModule): Promise<string[]> {
  const { adapter } = await openDawn(dawn, [], false);
  if (adapter === undefined) return [];
  const complaint = await openDawn(dawn, [noAdapter], false).then(() => "", messageOf);
  return adapterNames(complaint, adapter.info.device);
}

async function recallOrTest(
  dawn: DawnPackage,
  key: DeviceKey,
  choice: readonly string[],
): Promise<TestedDevice> {
  const recalled = await selfTests.recall(key);
  if (recalled !== undefined) return recalled;
  const tested = await testDevice(dawn, choice);
  if (isLasting(tested)) await selfTests.remember(key, tested);
  return tested;
}

async function chooseTiles(key: DeviceKey): Promise<void> {
  await tf.setBackend("webgpu");
  const recalled = await tileRaces.recall(key);
  const orders = recalled ?? (await raceTiles());
  if (recalled === undefined) await tileRaces.remember(key, orders);
  useTileOrders(orders);
}

/**
 * A device with all that its adapter can hold: the standard's own limits refuse buffers over 128 MiB.
 * @param features optional ones to ask for; the adapter must have them
 */
export function openDevice(adapter: Adapter, features: readonly string[] = []): Promise<GPUDevice> {
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
    // The types of tfjs's WebGPU are older than some of them.
    requiredFeatures: features as GPUFeatureName[],
    requiredLimits: Object.fromEntries(wanted.map((name) => [name, adapter.limits[name]])),
  });
}

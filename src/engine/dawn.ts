import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { withMutedStderr } from "./log-noise.js";
import { ownCopies } from "./setup/own-copy.js";
import { findNativePackage } from "./setup/package-dir.js";
import { programCall } from "./setup/program-call.js";
import { hasNvidiaDriver } from "./setup/tools.js";

const require = createRequire(import.meta.url);
const packageName = "webgpu";

/** Dawn is no dependency: it is for the few with a GPU and without CUDA. */
export const installDawn = `${programCall} setup --engine webgpu`;

/** What Dawn says about an adapter; the types that come with tfjs are older. */
export interface AdapterInfo extends GPUAdapterInfo {
  /** Whether it computes on the processor. */
  readonly isFallbackAdapter: boolean;
}

/** A graphics device, through one of its drivers. */
export interface Adapter extends GPUAdapter {
  readonly info: AdapterInfo;
}

export interface Dawn {
  readonly gpu: GPU;
  /** The one the system ranks first; undefined when Dawn can use none. */
  readonly adapter?: Adapter;
}

export interface DawnModule {
  /** @param flags such as "backend=null", a device that checks every call and computes nothing */
  create(flags: string[]): GPU;
  /** GPUBufferUsage and the other globals of WebGPU. */
  readonly globals: Record<string, unknown>;
}

/** An instance of Dawn goes with its object, under the adapters and devices that came from it: they stay for good. */
const kept: GPU[] = [];

/** The npm package "webgpu": WebGPU for Node, as Dawn implements it. */
export interface DawnPackage {
  readonly folder: string;
  readonly version: string;
}

/** The one that npm has installed, else the copy that set-up has fetched. */
export function findDawn(): DawnPackage | undefined {
  for (const folder of [...installedPackage(), ...ownCopies(packageName)]) {
    try {
      const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        version: string;
      };
      return { folder, version };
    } catch {
      // It is not there.
    }
  }
  return undefined;
}

function installedPackage(): string[] {
  try {
    return [dirname(require.resolve(`${packageName}/package.json`))];
  } catch {
    return [];
  }
}

/** Whether this machine may have a GPU. Costs nothing, where asking Dawn loads every graphics driver. */
export function mayHaveGpu(): boolean {
  if (process.platform !== "linux") return true;
  return existsSync("/dev/dri") || existsSync("/dev/dxg") || hasNvidiaDriver();
}

/** Whether a processor plays the GPU: Mesa's llvmpipe, SwiftShader, Windows' basic renderer. */
export function isSoftware(info: AdapterInfo): boolean {
  const text = `${info.architecture} ${info.device} ${info.description}`;
  return info.isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|software|basic render/i.test(text);
}

/** A device and its driver, for people. */
export const nameOf = ({ device, description }: AdapterInfo): string =>
  [device.replace(/-+$/, ""), description && `(${description})`].filter(Boolean).join(" ");

/** Loads Dawn and puts WebGPU's globals in their places. */
export async function loadDawn({ folder }: DawnPackage): Promise<DawnModule> {
  const dawn: DawnModule = await import(pathToFileURL(join(folder, "index.js")).href);
  Object.assign(globalThis, dawn.globals);
  return dawn;
}

/**
 * Asks for an adapter.
 * @param flags of Dawn's
 * @param explain where there is none, Dawn is asked once more with stderr open: there it says why
 * @throws what Dawn says when no adapter has the name in the flags
 */
export async function openDawn(dawn: DawnModule, flags: readonly string[], explain: boolean): Promise<Dawn> {
  const ask = () => {
    const gpu = dawn.create([...flags]);
    kept.push(gpu);
    // The types of tfjs's WebGPU lack `info`, which every adapter of Dawn has.
    return {
      gpu,
      adapter: gpu.requestAdapter({ powerPreference: "high-performance" }) as Promise<Adapter | null>,
    };
  };
  const nativePackage = findNativePackage();
  const { gpu, adapter } = nativePackage === undefined ? ask() : withMutedStderr(nativePackage, ask);
  const found = await adapter;
  if (found === null && nativePackage !== undefined && explain) await ask().adapter;
  return { gpu, adapter: found ?? undefined };
}

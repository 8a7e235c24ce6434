import type { tf } from "./tf.js";

/** Every engine. "cpu" is plain JavaScript, for tests. */
export const engineNames = ["tensorflow", "webgpu", "wasm", "cpu"] as const;
export type EngineName = (typeof engineNames)[number];
/** "auto" takes the first that works, in this order; webgpu where there is a GPU and tensorflow does not use it. */
export const engineChoices = ["auto", ...engineNames] as const;

export interface EngineOptions {
  readonly engine?: EngineName | "auto";
  /** Which CUDA device to show to the native library, which sees all of them when absent; or which of WebGPU's adapters to use. */
  readonly gpuId?: number;
  /** Threads the engine may use; all cores when absent. */
  readonly threads?: number;
}

/** A started engine: tfjs computes on it from now on. */
export interface Engine {
  readonly name: EngineName;
  readonly device: "cpu" | "gpu";
  /** One line for people, e.g. "tensorflow 2.21.0 (native), CPU, 2 threads". */
  readonly description: string;
  readonly threads: number;
  readonly libraryVersion: string;
  readonly tf: typeof tf;
}

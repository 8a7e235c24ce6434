import type { tf } from "./tf.js";

/** Every engine. "cpu" is plain JavaScript, for tests. */
export const engineNames = ["tensorflow", "webgpu", "wasm", "cpu"] as const;
export type EngineName = (typeof engineNames)[number];
/** "auto" takes the first that works, in this order; webgpu where there is a GPU and tensorflow does not use it. */
export const engineChoices = ["auto", ...engineNames] as const;

/**
 * float32: all numbers are. mixed: what only convolutions and batch norms of a training pass read is kept as float16; sums,
 * weights, statistics and losses are float32.
 */
export const precisions = ["float32", "mixed"] as const;
export type Precision = (typeof precisions)[number];

export interface EngineOptions {
  readonly engine?: EngineName | "auto";
  /** Which CUDA device to show to the native library, which sees all of them when absent; or which of WebGPU's adapters to use. */
  readonly gpuId?: number;
  /** float32 by default; mixed is for webgpu alone. */
  readonly precision?: Precision;
  /** Threads the engine may use; all cores when absent. */
  readonly threads?: number;
}

/** What is wrong with asking an engine for a precision. */
export function precisionProblem({
  engine = "auto",
  precision = "float32",
}: Pick<EngineOptions, "engine" | "precision">): { what: string; hint: string } | undefined {
  if (precision === "float32" || engine === "auto" || engine === "webgpu") return undefined;
  return {
    what: `--precision ${precision} is for the engine webgpu alone, not for ${engine}.`,
    hint: "Use --engine webgpu, or leave --precision out: float32 runs on every engine.",
  };
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

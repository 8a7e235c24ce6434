import { forestWasm } from "./forest-wasm.js";

/** The compiled kernel's functions; assembly/forest.ts says what they do. Addresses are bytes in the memory. */
export interface ForestKernel {
  improve(
    codes: number,
    rows: number,
    weights: number,
    start: number,
    firstPositive: number,
    end: number,
    weight: number,
    positives: number,
    column: number,
    best: number,
    work: number,
  ): void;
  assign(
    values: number,
    count: number,
    edges: number,
    firstBin: number,
    cells: number,
    lowest: number,
    scale: number,
    codes: number,
  ): number;
}

let module: WebAssembly.Module | undefined;

/** The kernel at work on a memory. */
export function forestKernel(memory: WebAssembly.Memory): ForestKernel {
  module ??= new WebAssembly.Module(Buffer.from(forestWasm, "base64"));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as ForestKernel;
}

import { forestWasm } from "./forest-wasm.js";

/** The compiled kernel's functions; assembly/ says what they do. Addresses are bytes in the memory. */
export interface ForestKernel {
  findSplits(
    codes: number,
    numRows: number,
    cols: number,
    places: number,
    nodes: number,
    records: number,
    work: number,
  ): number;
  improve(codes: number, column: number, node: number, work: number): void;
  partition(codes: number, node: number, bin: number, spare: number): void;
  transpose(source: number, stride: number, target: number, numRows: number, width: number): void;
  sortSome(
    values: number,
    rows: number,
    count: number,
    target: number,
    spare: number,
    counters: number,
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
const kernels = new WeakMap<WebAssembly.Memory, ForestKernel>();

/** The kernel at work on a memory. */
export function forestKernel(memory: WebAssembly.Memory): ForestKernel {
  const known = kernels.get(memory);
  if (known) return known;
  module ??= new WebAssembly.Module(Buffer.from(forestWasm, "base64"));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  // What a module exports only its source knows.
  const kernel = exports as unknown as ForestKernel;
  kernels.set(memory, kernel);
  return kernel;
}

import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import type * as wasmBackend from "@tensorflow/tfjs-backend-wasm";
import type { Engine } from "./engine.js";
import { tf } from "./tf.js";

const require = createRequire(import.meta.url);
const packageName = "@tensorflow/tfjs-backend-wasm";

/**
 * Starts the WebAssembly backend: no native code, works wherever Node does. One thread: tfjs has none of its
 * WebAssembly threads in Node.
 */
export async function startWasm(): Promise<Engine> {
  const wasm: typeof wasmBackend = require(packageName);
  wasm.setWasmPaths(dirname(require.resolve(packageName)) + sep);
  if (!(await tf.setBackend("wasm"))) throw new Error("the WebAssembly module did not start");
  await tf.ready();
  const simd = (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) === true;
  const libraryVersion = wasm.version_wasm;
  const description = `wasm ${libraryVersion}${simd ? " (SIMD)" : ""}, CPU, 1 thread`;
  return { name: "wasm", device: "cpu", description, threads: 1, libraryVersion, tf };
}

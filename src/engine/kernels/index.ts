import { tf } from "../tf.js";
import { composedKernels } from "./composed-kernels.js";
import type { Kernels } from "./kernels.js";
import { createNativeKernels } from "./native-kernels.js";
import { webgpuKernels } from "./webgpu-kernels.js";

let chosen: { backend: string; kernels: Kernels } | undefined;

/** The kernels of the engine that runs. */
export function kernels(): Kernels {
  const backend = tf.getBackend();
  if (chosen?.backend !== backend) {
    chosen = { backend, kernels: kernelsOf(backend) };
  }
  return chosen.kernels;
}

function kernelsOf(backend: string): Kernels {
  if (backend === "tensorflow") return createNativeKernels();
  return backend === "webgpu" ? webgpuKernels : composedKernels;
}

export type { ConvolutionGeometry, Kernels } from "./kernels.js";

import { tf } from "../tf.js";
import { composedKernels } from "./composed-kernels.js";
import type { Kernels } from "./kernels.js";
import { createNativeKernels } from "./native-kernels.js";

let chosen: { backend: string; kernels: Kernels } | undefined;

/** The kernels of the engine that runs. */
export function kernels(): Kernels {
  const backend = tf.getBackend();
  if (chosen?.backend !== backend) {
    chosen = { backend, kernels: backend === "tensorflow" ? createNativeKernels() : composedKernels };
  }
  return chosen.kernels;
}

export type { ConvolutionGeometry, Kernels } from "./kernels.js";

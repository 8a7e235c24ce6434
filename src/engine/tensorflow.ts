import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import type { Engine, EngineOptions } from "./engine.js";
import {
  muteNativeLibrary,
  restoreOldNodeHelpers,
  withMutedStderr,
  withoutDeprecationWarnings,
} from "./log-noise.js";
import { findNativePackage, packageName, tfjsVariable } from "./setup/package-dir.js";
import { tf } from "./tf.js";

const require = createRequire(import.meta.url);

/** What tfjs-node's backend tells about itself, beyond the interface of tfjs-core. */
interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/**
 * Starts the native library through tfjs-node-gpu, on the GPU if it finds one.
 * @throws when the package is not installed or not set up
 */
export async function startTensorflow(options: EngineOptions): Promise<Engine> {
  const packageDir = findNativePackage();
  if (packageDir === undefined) throw new Error(`the package ${packageName} is not installed`);
  const threads = options.threads || Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism();
  muteNativeLibrary();
  restoreOldNodeHelpers();
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true";
  Object.assign(process.env, tfjsVariable());
  if (options.gpuId !== undefined) process.env.CUDA_VISIBLE_DEVICES = String(options.gpuId);
  if (options.threads !== undefined) {
    process.env.TF_NUM_INTRAOP_THREADS = String(threads);
    process.env.OMP_NUM_THREADS = String(threads);
  }
  withoutDeprecationWarnings(() => withMutedStderr(packageDir, () => require(packageDir)));
  await tf.setBackend("tensorflow");
  await tf.ready();
  // The package registers exactly this class under the name "tensorflow".
  const backend = tf.backend() as unknown as NativeBackend;
  const device = backend.isUsingGpuDevice ? "gpu" : "cpu";
  const libraryVersion = backend.binding.TF_Version;
  const where = device === "gpu" ? "GPU" : `CPU, ${threads} ${threads === 1 ? "thread" : "threads"}`;
  const description = `tensorflow ${libraryVersion} (native), ${where}`;
  return { name: "tensorflow", device, description, threads, libraryVersion, tf };
}

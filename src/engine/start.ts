import { messageOf, UserError } from "../errors.js";
import { isOutOfFiles } from "../files/open-files.js";
import { installDawn } from "./dawn.js";
import { type Engine, type EngineName, type EngineOptions, engineNames, precisionProblem } from "./engine.js";
import { useMixedPrecision } from "./kernels/webgpu/storage.js";
import { programCall, reinstall } from "./setup/program-call.js";
import { hasNvidiaDriver } from "./setup/tools.js";
import { startTensorflow } from "./tensorflow.js";
import { tf } from "./tf.js";
import { startWasm } from "./wasm.js";
import { requireHalfPrecision, startWebgpu, startWebgpuOnGpu } from "./webgpu.js";

/** How to mend an engine that does not start. */
const mend: Record<EngineName, string> = {
  tensorflow: `Run \`${programCall} setup\` to set it up, or use --engine wasm.`,
  webgpu: `It needs \`${installDawn}\` and the driver of a GPU (Vulkan, Metal or Direct3D 12). Or use --engine wasm.`,
  wasm: `Try to ${reinstall}.`,
  cpu: `Try to ${reinstall}.`,
};

const starters: Record<EngineName, (options: EngineOptions) => Promise<Engine>> = {
  tensorflow: startTensorflow,
  webgpu: startWebgpu,
  wasm: startWasm,
  cpu: startPlainJavaScript,
};

/**
 * Starts the engine that computes every tensor of this process. "auto" (the default) takes the native library on CUDA,
 * else WebGPU on a GPU, else the native library on the processor, else WebAssembly, whichever works first. Call it once,
 * before the first tensor: the native library reads its settings only then.
 * @throws UserError when the engine asked for does not work here, or the options make no sense
 */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  checkOptions(options);
  if (options.precision === "mixed") return startMixed(options);
  useMixedPrecision(false);
  return startBest(options);
}

/** Only webgpu knows it; "auto" takes no other engine for it. */
async function startMixed(options: EngineOptions): Promise<Engine> {
  const onlyWebgpu = options.engine === "webgpu";
  const engine = await (onlyWebgpu ? startOrExplain("webgpu", options) : startWebgpuOnGpu(options));
  if (engine === undefined)
    throw new UserError(
      "--precision mixed needs a GPU that WebGPU can use, and there is none.",
      `Leave it out. \`${programCall} doctor\` says what is here; --engine webgpu takes a processor that plays a GPU, too.`,
    );
  requireHalfPrecision(engine);
  useMixedPrecision(true);
  return { ...engine, description: `${engine.description}, mixed precision` };
}

async function startBest(options: EngineOptions): Promise<Engine> {
  const wanted = options.engine ?? "auto";
  if (wanted !== "auto") return startOrExplain(wanted, options);
  return (
    (await startOnGpu(options)) ??
    (await startTensorflowIfItWorks(options)) ??
    startOrExplain("wasm", options)
  );
}

/** Only a driver of NVIDIA's makes CUDA likely enough to load the native library before looking for another GPU. */
async function startOnGpu(options: EngineOptions): Promise<Engine | undefined> {
  const native = hasNvidiaDriver() ? await startTensorflowIfItWorks(options) : undefined;
  return native?.device === "gpu" ? native : startWebgpuOnGpu(options);
}

const startTensorflowIfItWorks = (options: EngineOptions): Promise<Engine | undefined> =>
  startTensorflow(options).catch((error: unknown) => {
    // The slow engine is for machines that have no other, not for those that forbid to load it.
    if (isOutOfFiles(error)) throw error;
    return undefined;
  });

async function startOrExplain(name: EngineName, options: EngineOptions): Promise<Engine> {
  try {
    return await starters[name](options);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`The engine "${name}" does not work here: ${firstLine(cause)}`, mend[name], {
      cause,
    });
  }
}

async function startPlainJavaScript(): Promise<Engine> {
  await tf.setBackend("cpu");
  await tf.ready();
  const libraryVersion = tf.version_core;
  const description = `cpu (plain JavaScript, tfjs ${libraryVersion}), 1 thread: for tests, very slow`;
  return { name: "cpu", device: "cpu", description, threads: 1, libraryVersion, tf };
}

function checkOptions(options: EngineOptions): void {
  const { engine = "auto", gpuId, threads } = options;
  const problem = precisionProblem(options);
  if (problem !== undefined) throw new UserError(problem.what, problem.hint);
  if (engine !== "auto" && !engineNames.includes(engine)) {
    throw new UserError(`Unknown engine "${engine}".`, `Use one of: auto, ${engineNames.join(", ")}.`);
  }
  if (gpuId !== undefined && !(Number.isInteger(gpuId) && gpuId >= 0)) {
    throw new UserError(`gpuId is ${gpuId}.`, "Give the number of a GPU: 0, 1, 2, …");
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw new UserError(`threads is ${threads}.`, "Give a whole number of at least 1.");
  }
}

function firstLine(error: unknown): string {
  const message = messageOf(error);
  return (message.split("\n", 1)[0] ?? message).trim();
}

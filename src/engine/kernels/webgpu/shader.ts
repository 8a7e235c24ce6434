import type * as webgpuBackend from "@tensorflow/tfjs-backend-webgpu";
import { tf } from "../../tf.js";
import {
  bytesPerElement,
  elementType,
  keepStorage,
  read,
  type Storage,
  storageOf,
  write,
} from "./storage.js";
import { mostGroups } from "./tiles.js";

/** A compute shader: WGSL that names its sizes, and the sizes. Entry point `main`; inputs are bound first, then outputs. */
export interface Shader {
  readonly label: string;
  readonly wgsl: string;
  /** Each becomes a WGSL constant of its name. */
  readonly constants: Readonly<Record<string, number>>;
  /** How its buffers hold numbers, in the order in which they are bound; absent: float32, or what else tfjs has. */
  readonly storages?: readonly Storage[];
}

interface Work {
  readonly inputs: readonly tf.TensorInfo[];
  /** float32, changed in place; bound after the inputs. */
  readonly updates?: readonly tf.TensorInfo[];
  /** Shapes of the outputs, float32 to tfjs. */
  readonly outputs: readonly (readonly number[])[];
  /** Bound last. */
  readonly uniforms?: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
  readonly workgroups: readonly [number, number?, number?];
}

/** tfjs's backend with what it keeps to itself: the commands it has collected, to which ours are added in order. */
interface Backend {
  readonly device: GPUDevice;
  readonly tensorMap: { get(dataId: object): { resource?: GPUBuffer; values?: unknown } };
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  /** Buffers that go back to the manager once what was collected is submitted. */
  readonly uniformPendingDisposal: GPUBuffer[];
  dispatchCountInPass: number;
}

/** Buffers that a shader of this device may have. */
export const buffersAShader = (): number =>
  (tf.engine().backend as webgpuBackend.WebGPUBackend).device.limits.maxStorageBuffersPerShaderStage;

/** WGSL's declarations of a shader's buffers, in the order in which `dispatch` binds them. */
export function buffers(
  inputs: readonly string[],
  outputs: readonly string[],
  storages: readonly Storage[] = [],
): string {
  const access = (k: number) => (k < inputs.length ? "read" : "read_write");
  const type = (k: number) => elementType(storages[k] ?? "float32");
  return [...inputs, ...outputs]
    .map((name, k) => `@group(0) @binding(${k}) var<storage, ${access(k)}> ${name}: array<${type(k)}>;\n`)
    .join("");
}

const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

/** Gives the device one dispatch, in order with tfjs's own. @returns the outputs, owned by the caller */
export function dispatch(shader: Shader, work: Work): tf.Tensor[] {
  return dispatchInfos(shader, work).map((info) => tf.engine().makeTensorFromTensorInfo(info));
}

/** The same within a kernel of tfjs, which makes tensors of the results itself. */
export function dispatchInfos(
  shader: Shader,
  { inputs, updates = [], outputs, uniforms, workgroups }: Work,
): tf.TensorInfo[] {
  const backend = tf.engine().backend as webgpuBackend.WebGPUBackend;
  const inner = backend as unknown as Backend;
  const { storages = [] } = shader;
  const given = [...inputs, ...updates];
  for (const [k, info] of given.entries()) upload(backend, info, storages[k] ?? "float32");
  const results = outputs.map((shape, k) =>
    makeOutput(backend, inner, shape, storages[given.length + k] ?? "float32"),
  );
  // What was read of them before is kept by tfjs, and no longer true.
  for (const { dataId } of updates) inner.tensorMap.get(dataId).values = undefined;

  const resources = [...given, ...results].map(({ dataId }) => bufferOf(inner, dataId));
  if (uniforms !== undefined) resources.push(uniformBuffer(backend, inner, uniforms));
  encode(backend, inner, shader, resources, workgroups);
  return results;
}

/** Puts a tensor on the device. In half the bytes it is there, and tfjs's way would widen it. */
function upload(backend: webgpuBackend.WebGPUBackend, info: tf.TensorInfo, wanted: Storage): void {
  if (wanted === "float32") backend.uploadToGPU(info.dataId);
  else if (storageOf(info) !== wanted) throw new Error(`A tensor is ${storageOf(info)}, not ${wanted}.`);
}

function makeOutput(
  backend: webgpuBackend.WebGPUBackend,
  inner: Backend,
  shape: readonly number[],
  storage: Storage,
): tf.TensorInfo {
  const info = backend.makeTensorInfo([...shape], "float32");
  if (storage === "float32") backend.uploadToGPU(info.dataId);
  else {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const bytes = bytesPerElement(storage) * tf.util.sizeFromShape([...shape]);
    inner.tensorMap.get(info.dataId).resource = backend.bufferManager.acquireBuffer(bytes, usage);
    keepStorage(info, storage);
  }
  return info;
}

/** What tfjs is to read becomes float32, in the same tensor. */
export function widen(backend: webgpuBackend.WebGPUBackend, dataId: object): void {
  const storage = storageOf({ dataId });
  if (storage === "float32") return;
  const inner = backend as unknown as Backend;
  const half = bufferOf(inner, dataId);
  inner.tensorMap.get(dataId).resource = undefined;
  keepStorage({ dataId }, "float32");
  backend.uploadToGPU(dataId);
  const whole = bufferOf(inner, dataId);
  const groups = Math.min(mostGroups, Math.ceil(whole.size / 4 / widenThreads));
  encode(backend, inner, widening(storage), [half, whole], [groups]);
  backend.bufferManager.releaseBuffer(half);
}

const widenThreads = 256;

const widening = (storage: Storage): Shader => ({
  label: "widen",
  wgsl: /* wgsl */ `
${buffers(["half"], ["whole"], [storage])}
@compute @workgroup_size(THREADS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = id.x; i < arrayLength(&whole); i += groups.x * THREADS) {
    ${write("whole", "i", read("half", "i", storage), "float32")}
  }
}
`,
  constants: { THREADS: widenThreads },
  storages: [storage],
});

function encode(
  backend: webgpuBackend.WebGPUBackend,
  inner: Backend,
  shader: Shader,
  resources: readonly GPUBuffer[],
  workgroups: Work["workgroups"],
): void {
  const pipeline = pipelineOf(inner.device, shader);
  const group = inner.device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  backend.ensureCommandEncoderReady();
  if (inner.commandEncoder === null) throw new Error("tfjs made no command encoder.");
  inner.computePassEncoder ??= inner.commandEncoder.beginComputePass();
  inner.computePassEncoder.setPipeline(pipeline);
  inner.computePassEncoder.setBindGroup(0, group);
  inner.computePassEncoder.dispatchWorkgroups(...workgroups);
  inner.dispatchCountInPass++;
  if (inner.dispatchCountInPass >= tf.env().getNumber("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE")) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
}

function uniformBuffer(
  { bufferManager, queue }: webgpuBackend.WebGPUBackend,
  { uniformPendingDisposal }: Backend,
  data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>,
): GPUBuffer {
  const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.UNIFORM;
  const buffer = bufferManager.acquireBuffer(data.byteLength, usage);
  queue.writeBuffer(buffer, 0, data);
  uniformPendingDisposal.push(buffer);
  return buffer;
}

function bufferOf({ tensorMap }: Backend, dataId: object): GPUBuffer {
  const { resource } = tensorMap.get(dataId);
  if (resource === undefined) throw new Error("A tensor has no buffer on the device.");
  return resource;
}

function pipelineOf(
  device: GPUDevice,
  { label, wgsl, constants, storages = [] }: Shader,
): GPUComputePipeline {
  const ofDevice = pipelines.get(device) ?? new Map<string, GPUComputePipeline>();
  pipelines.set(device, ofDevice);
  const sizes = Object.entries(constants).map(([name, value]) => `const ${name} = ${value};\n`);
  const enable = storages.some((storage) => storage !== "float32") ? "enable f16;\n" : "";
  const code = enable + sizes.join("") + wgsl;
  const found = ofDevice.get(code);
  if (found !== undefined) return found;
  const module = device.createShaderModule({ code, label });
  const pipeline = device.createComputePipeline({
    label,
    layout: "auto",
    compute: { module, entryPoint: "main" },
  });
  ofDevice.set(code, pipeline);
  return pipeline;
}

import type * as webgpuBackend from "@tensorflow/tfjs-backend-webgpu";
import { tf } from "../../tf.js";

/** A compute shader: WGSL that names its sizes, and the sizes. Entry point `main`; inputs are bound first, then outputs. */
export interface Shader {
  readonly label: string;
  readonly wgsl: string;
  /** Each becomes a WGSL constant of its name. */
  readonly constants: Readonly<Record<string, number>>;
}

interface Work {
  readonly inputs: readonly tf.TensorInfo[];
  /** float32, changed in place; bound after the inputs. */
  readonly updates?: readonly tf.TensorInfo[];
  /** Shapes of the float32 outputs. */
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

/** WGSL's declarations of a shader's buffers of float32, in the order in which `dispatch` binds them. */
export function buffers(inputs: readonly string[], outputs: readonly string[]): string {
  const access = (k: number) => (k < inputs.length ? "read" : "read_write");
  return [...inputs, ...outputs]
    .map((name, k) => `@group(0) @binding(${k}) var<storage, ${access(k)}> ${name}: array<f32>;\n`)
    .join("");
}

const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

/** Gives the device one dispatch, in order with tfjs's own. @returns the outputs, float32, owned by the caller */
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
  const results = outputs.map((shape) => backend.makeTensorInfo([...shape], "float32"));
  const bound = [...inputs, ...updates, ...results];
  for (const { dataId } of bound) backend.uploadToGPU(dataId);
  // What was read of them before is kept by tfjs, and no longer true.
  for (const { dataId } of updates) inner.tensorMap.get(dataId).values = undefined;

  const resources = bound.map(({ dataId }) => bufferOf(inner, dataId));
  if (uniforms !== undefined) resources.push(uniformBuffer(backend, inner, uniforms));

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
  return results;
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

function pipelineOf(device: GPUDevice, { label, wgsl, constants }: Shader): GPUComputePipeline {
  const ofDevice = pipelines.get(device) ?? new Map<string, GPUComputePipeline>();
  pipelines.set(device, ofDevice);
  const sizes = Object.entries(constants).map(([name, value]) => `const ${name} = ${value};\n`);
  const code = sizes.join("") + wgsl;
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

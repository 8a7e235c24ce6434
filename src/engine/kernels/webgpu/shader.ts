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
  readonly inputs: readonly tf.Tensor[];
  /** Shapes of the float32 outputs. */
  readonly outputs: readonly (readonly number[])[];
  /** float32, bound last. */
  readonly uniforms?: readonly number[];
  readonly workgroups: readonly [number, number?, number?];
}

/** tfjs's backend with what it keeps to itself: the commands it has collected, to which ours are added in order. */
interface Backend {
  readonly device: GPUDevice;
  readonly tensorMap: { get(dataId: object): { resource?: GPUBuffer } };
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  /** Buffers that go back to the manager once what was collected is submitted. */
  readonly uniformPendingDisposal: GPUBuffer[];
  dispatchCountInPass: number;
}

/** Buffers that a shader of this device may have. */
export const buffersAShader = (): number =>
  (tf.engine().backend as webgpuBackend.WebGPUBackend).device.limits.maxStorageBuffersPerShaderStage;

const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

/** Gives the device one dispatch, in order with tfjs's own. @returns the outputs, float32, owned by the caller */
export function dispatch(shader: Shader, { inputs, outputs, uniforms, workgroups }: Work): tf.Tensor[] {
  const engine = tf.engine();
  const backend = engine.backend as webgpuBackend.WebGPUBackend;
  const inner = backend as unknown as Backend;
  const results = outputs.map((shape) => backend.makeTensorInfo([...shape], "float32"));
  const bound = [...inputs, ...results];
  for (const { dataId } of bound) backend.uploadToGPU(dataId);

  const buffers = bound.map(({ dataId }) => bufferOf(inner, dataId));
  if (uniforms !== undefined) buffers.push(uniformBuffer(backend, inner, uniforms));

  const pipeline = pipelineOf(inner.device, shader);
  const group = inner.device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
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
  return results.map((info) => engine.makeTensorFromTensorInfo(info));
}

function uniformBuffer(
  { bufferManager, queue }: webgpuBackend.WebGPUBackend,
  { uniformPendingDisposal }: Backend,
  values: readonly number[],
): GPUBuffer {
  const data = Float32Array.from(values);
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

/** What a device was given to do. Bytes are counted once for every buffer that a dispatch or a copy touches. */
export interface DeviceCount {
  submissions: number;
  passes: number;
  dispatches: number;
  bytes: number;
  /** By the label of the pipeline. */
  readonly byLabel: Map<string, { dispatches: number; bytes: number }>;
}

/** Counts all that `device`, of the null backend, is given from now on; to be called before anything uses it. */
export function countDevice(device: GPUDevice): DeviceCount {
  const count: DeviceCount = { submissions: 0, passes: 0, dispatches: 0, bytes: 0, byLabel: new Map() };
  const boundBytes = new WeakMap<GPUBindGroup, number>();
  const hollow = new WeakSet<GPUBuffer>();

  // Nothing computes, so nothing has to hold numbers; the null backend has only 512 MiB to give.
  replace(device, "createBuffer", (create) => (descriptor) => {
    if (!(descriptor.usage & GPUBufferUsage.STORAGE)) return create(descriptor);
    const buffer = create({ ...descriptor, size: 256 });
    Object.defineProperty(buffer, "size", { value: descriptor.size });
    replace(buffer, "getMappedRange", () => () => new ArrayBuffer(descriptor.size));
    hollow.add(buffer);
    return buffer;
  });
  replace(device, "createBindGroup", (create) => (descriptor) => {
    const entries = [...descriptor.entries].map((entry) => {
      const { resource } = entry;
      return "buffer" in resource && hollow.has(resource.buffer)
        ? { ...entry, resource: { buffer: resource.buffer } }
        : entry;
    });
    const group = create({ ...descriptor, entries });
    boundBytes.set(group, bytesOf(descriptor));
    return group;
  });
  replace(device, "createCommandEncoder", (create) => (descriptor) => {
    const encoder = create(descriptor);
    replace(encoder, "copyBufferToBuffer", (copy) => (...args) => {
      // Read and written.
      count.bytes += 2 * args[4];
      return hollow.has(args[0]) || hollow.has(args[2]) ? undefined : copy(...args);
    });
    replace(encoder, "beginComputePass", (begin) => (descriptor) => {
      count.passes++;
      return countPass(begin(descriptor), boundBytes, count);
    });
    return encoder;
  });
  replace(device.queue, "submit", (submit) => (buffers) => {
    count.submissions++;
    return submit(buffers);
  });
  return count;
}

function countPass(
  pass: GPUComputePassEncoder,
  boundBytes: WeakMap<GPUBindGroup, number>,
  count: DeviceCount,
): GPUComputePassEncoder {
  let label = "";
  let bytes = 0;
  replace(pass, "setPipeline", (set) => (pipeline) => {
    label = pipeline.label;
    return set(pipeline);
  });
  const setBindGroup = pass.setBindGroup.bind(pass);
  pass.setBindGroup = (index: number, group: GPUBindGroup | null) => {
    bytes = (group && boundBytes.get(group)) ?? 0;
    setBindGroup(index, group);
  };
  replace(pass, "dispatchWorkgroups", (dispatch) => (...size) => {
    const ofLabel = count.byLabel.get(label) ?? { dispatches: 0, bytes: 0 };
    for (const sum of [count, ofLabel]) {
      sum.dispatches++;
      sum.bytes += bytes;
    }
    count.byLabel.set(label, ofLabel);
    return dispatch(...size);
  });
  return pass;
}

function bytesOf({ entries }: GPUBindGroupDescriptor): number {
  let bytes = 0;
  for (const { resource } of entries) {
    if ("buffer" in resource) bytes += resource.size ?? resource.buffer.size;
  }
  return bytes;
}

/** Puts `wrap(the method)` in the place of one object's method. */
function replace<T extends object, K extends keyof T>(
  object: T,
  name: K,
  wrap: (method: T[K]) => T[K],
): void {
  const method = object[name];
  if (typeof method !== "function") throw new Error(`${String(name)} is no method.`);
  object[name] = wrap(method.bind(object));
}

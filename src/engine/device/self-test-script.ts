/**
 * What a process of its own runs to find out what a device can do: a shader for the plain device and one for each
 * optional feature, which multiply small whole numbers, so that float16 is exact, too. Before each it says which comes next, so that
 * whoever hears nothing more knows what a driver has died of. Argument: a `SelfTestTask` as JSON.
 */
export const selfTestScript = `
import { writeSync } from "node:fs";
const { dawn, flags, features, known } = JSON.parse(process.argv[1]);
const { create, globals } = await import(dawn);
Object.assign(globalThis, globals);
// At once: what is still in a buffer dies with the process.
const say = (value) => writeSync(1, "poisonspot " + JSON.stringify(value) + "\\n");

const gpu = create(flags);
const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
const wanted = features.filter((feature) => adapter.features.has(feature));
say({ features: wanted });
if (known !== undefined && wanted.every((feature) => known.includes(feature))) {
  say({ done: true });
  process.exit(0);
}
const device = await adapter.requestDevice({ requiredFeatures: wanted });
const { subgroupMaxSize = 0, subgroupMatrixConfigs = [] } = adapter.info;
const matrix = [...subgroupMatrixConfigs].find((c) => c.resultComponentType === "f32" && ["f16", "f32"].includes(c.componentType));
device.addEventListener("uncapturederror", (event) => event.preventDefault());

const buffers = (part) => \`
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<\${part}>;\`;
const product = (part) => buffers(part) + \`
@compute @workgroup_size(256) fn main(@builtin(local_invocation_index) i: u32) {
  parts[i] = \${part}(input[i]);
  parts[i + 256] = \${part}(input[i + 256]);
  storageBarrier();
  var sum = 0f;
  for (var k = 0u; k < 16; k++) { sum += f32(parts[i / 16 * 16 + k] * parts[256 + k * 16 + i % 16]); }
  output[i] = sum;
}\`;
const subgroups = \`enable subgroups;
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
var<workgroup> total: atomic<u32>;
@compute @workgroup_size(256) fn main(@builtin(local_invocation_index) i: u32) {
  parts[i] = input[i];
  let sum = subgroupAdd(u32(input[i]));
  if (subgroupElect()) { atomicAdd(&total, sum); }
  workgroupBarrier();
  output[i] = f32(atomicLoad(&total));
}\`;
/** Versions of Dawn spell the layout of a matrix in one of two ways. */
const matrices = ({ M, N, K, componentType }, [template, layout]) => \`enable chromium_experimental_subgroup_matrix;
\${componentType === "f16" ? "enable f16;" : ""}
\${buffers(componentType)}
@compute @workgroup_size(\${subgroupMaxSize}) fn main(@builtin(local_invocation_index) i: u32) {
  for (var j = i; j < \${(M + N) * K}; j += \${subgroupMaxSize}) { parts[j] = \${componentType}(input[j]); }
  storageBarrier();
  let a = subgroupMatrixLoad<subgroup_matrix_left<\${componentType}, \${K}, \${M}>\${template}>(&parts, 0u\${layout}, \${K}u);
  let b = subgroupMatrixLoad<subgroup_matrix_right<\${componentType}, \${N}, \${K}>\${template}>(&parts, \${M * K}u\${layout}, \${N}u);
  var c: subgroup_matrix_result<f32, \${N}, \${M}>;
  c = subgroupMatrixMultiplyAccumulate(a, b, c);
  subgroupMatrixStore\${template && "<row_major>"}(&output, 0u, c\${layout}, \${N}u);
}\`;

const input = Float32Array.from({ length: 4096 }, (_, i) => i % 7);
const multiplied = (M, N, K) => Float32Array.from({ length: M * N }, (_, i) => {
  let sum = 0;
  for (let k = 0; k < K; k++) sum += input[Math.floor(i / N) * K + k] * input[M * K + k * N + (i % N)];
  return sum;
});
const total = input.slice(0, 256).reduce((sum, value) => sum + value);
const tests = {
  "": () => [[product("f32")], multiplied(16, 16, 16)],
  "shader-f16": () => [["enable f16;" + product("f16")], multiplied(16, 16, 16)],
  subgroups: () => [[subgroups], new Float32Array(256).fill(total)],
  "chromium-experimental-subgroup-matrix": () => [
    [[", row_major", ""], ["", ", false"]].map((spelling) => matrices(matrix, spelling)),
    multiplied(matrix.M, matrix.N, matrix.K),
  ],
};

async function failureOf([shaders, expected]) {
  let reason;
  for (const code of shaders) {
    try {
      const compute = { module: device.createShaderModule({ code }), entryPoint: "main" };
      const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute });
      const found = await run(pipeline, expected.length);
      return found.every((value, i) => value === expected[i]) ? undefined : "computes wrong numbers";
    } catch (error) {
      reason ??= "is refused: " + String(error.message).split("\\n", 1)[0];
    }
  }
  return reason;
}

async function run(pipeline, length) {
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const make = (usage, size = input.byteLength) => device.createBuffer({ size, usage });
  const [from, to, parts] = [make(STORAGE | COPY_DST), make(STORAGE | COPY_SRC), make(STORAGE)];
  const read = make(MAP_READ | COPY_DST, 4 * length);
  device.queue.writeBuffer(from, 0, input);
  const entries = [from, to, parts].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(to, 0, read, 0, 4 * length);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(GPUMapMode.READ);
  return new Float32Array(read.getMappedRange().slice(0));
}

for (const [feature, test] of Object.entries(tests)) {
  if (feature !== "" && !device.features.has(feature)) continue;
  if (feature.endsWith("matrix") && matrix === undefined) {
    say({ feature, failure: "has no float32 sums" });
    continue;
  }
  say({ feature });
  say({ feature, failure: (await failureOf(test())) ?? null });
}
say({ done: true });
process.exit(0);
`;

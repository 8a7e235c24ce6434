import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf } from "../errors.js";
import {
  type AdapterInfo,
  type DawnPackage,
  findDawn,
  installDawn,
  isSoftware,
  mayHaveGpu,
  nameOf,
} from "./dawn.js";
import { adapterNames, noAdapter } from "./device/adapters.js";
import { optionalFeatures } from "./device/features.js";
import { type DeviceKey, selfTests, tileRaces } from "./device/remembered.js";
import { isLasting, type TestedDevice, testDevice } from "./device/self-test.js";
import { productClasses, racedTiles } from "./kernels/webgpu/tiles.js";
import { runCommand } from "./setup/run-command.js";

/** What is here for the engine "webgpu". */
export interface GraphicsState {
  readonly text: string;
  /** More about the device, by topic. */
  readonly details: readonly { readonly topic: string; readonly text: string }[];
  /** What is remembered of the device under; undefined when there is none. */
  readonly key?: DeviceKey;
  /** A device that "auto" takes, or one that a processor plays; undefined when the engine cannot start. */
  readonly device?: "cpu" | "gpu";
  readonly advice: readonly string[];
}

interface FoundAdapter {
  readonly info: AdapterInfo;
  readonly limits: Readonly<Record<string, number>>;
  /** What Dawn says when it is asked for an adapter that there is not. */
  readonly complaint: string;
}

const script = `
const { create } = await import(process.argv[1]);
const gpu = create([]);
const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
const { vendor, architecture, device, description, isFallbackAdapter } = adapter?.info ?? {};
const info = { vendor, architecture, device, description, isFallbackAdapter };
const limits = {};
for (const name in adapter?.limits) if (typeof adapter.limits[name] === "number") limits[name] = adapter.limits[name];
const none = create([process.argv[2]]);
const complaint = await (async () => none.requestAdapter())().then(() => "", (error) => error.message);
console.log("poisonspot " + JSON.stringify(adapter && { info, limits, complaint }));
process.exit(0);
`;

/** Looks at the graphics device in processes of their own: a broken driver must not take the doctor with it. */
export async function examineGraphics({ cuda }: { cuda: boolean }): Promise<GraphicsState> {
  const dawn = findDawn();
  if (dawn === undefined) {
    const advice = mayHaveGpu() && !cuda ? [`For a GPU without CUDA: \`${installDawn}\``] : [];
    const text = "the package webgpu is not installed (needed only for a GPU without CUDA)";
    return { text, details: [], advice };
  }
  const { adapter, reason } = await askForAdapter(dawn);
  if (adapter === undefined)
    return { text: `Dawn ${dawn.version}, but no device: ${reason}`, details: [], advice: [] };
  // Tested anew, whatever is remembered: who asks the doctor may have mended something.
  const tested = await testDevice(dawn).catch(messageOf);
  if (typeof tested === "string")
    return { text: `Dawn ${dawn.version}: ${nameOf(adapter.info)}, but ${tested}`, details: [], advice: [] };
  const key = { adapter: adapter.info, dawnVersion: dawn.version };
  if (isLasting(tested)) await selfTests.remember(key, tested);
  const software = isSoftware(adapter.info);
  const text = software
    ? `Dawn ${dawn.version}, only a software GPU (for --engine webgpu)`
    : `works: Dawn ${dawn.version}`;
  return {
    text: `${text}: ${nameOf(adapter.info)}`,
    details: describe(adapter, tested),
    key,
    device: software ? "cpu" : "gpu",
    advice: [],
  };
}

/** Which tiles the device is fastest with, where it has raced them. */
export async function describeTiles(key: DeviceKey): Promise<string> {
  const orders = await tileRaces.recall(key);
  if (orders === undefined) return "by shape alone; the first run on a GPU races them";
  const winners = orders.map((order, place) => {
    const { rows, columns } = productClasses[place];
    const tile = order === null ? undefined : racedTiles[order[0]];
    const size = tile ? `${tile.TILE_ROWS}x${tile.TILE_COLUMNS}/${tile.THREAD_ROWS}x4` : "by shape";
    return `${rows}x${columns} ${size}`;
  });
  return `raced: ${winners.join(", ")}`;
}

function describe({ info, limits, complaint }: FoundAdapter, tested: TestedDevice): GraphicsState["details"] {
  const { features, refused, switches } = tested;
  const absent = optionalFeatures.filter(
    (name) => !features.includes(name) && !refused.some(({ feature }) => feature === name),
  );
  const mebibytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`;
  return [
    {
      topic: "- GPUs",
      text: adapterNames(complaint, info.device)
        .map((name, number) => `--gpu_id ${number}: ${name}`)
        .join("; "),
    },
    {
      topic: "- self-test",
      text: [
        `passed: ${["float32", ...features].join(", ")}`,
        ...refused.map(({ feature, failure }) => `not ${feature} (${failure})`),
        ...(absent.length > 0 ? [`not on this device: ${absent.join(", ")}`] : []),
        `Dawn's switches ${switches ? "on" : "off: they show no feature that works"}`,
      ].join("; "),
    },
    {
      topic: "- limits",
      text: [
        `a tensor ${mebibytes(limits.maxStorageBufferBindingSize)}`,
        `a buffer ${mebibytes(limits.maxBufferSize)}`,
        `${limits.maxStorageBuffersPerShaderStage} buffers a shader`,
        `${limits.maxComputeInvocationsPerWorkgroup} threads and ${limits.maxComputeWorkgroupStorageSize / 1024} KiB a workgroup`,
      ].join(", "),
    },
  ];
}

async function askForAdapter({ folder }: DawnPackage): Promise<{ adapter?: FoundAdapter; reason: string }> {
  const path = pathToFileURL(join(folder, "index.js")).href;
  const { lines } = await runCommand(
    process.execPath,
    ["--input-type=module", "-e", script, path, noAdapter],
    { timeoutMs: 60_000 },
  );
  const answer = lines.find((line) => line.startsWith("poisonspot "));
  const adapter =
    answer === undefined ? null : (JSON.parse(answer.slice("poisonspot ".length)) as FoundAdapter | null);
  const refusal = lines.find((line) => /^(Warning|Error): /.test(line))?.replace(/^\w+: /, "");
  const reason =
    answer === undefined ? "the graphics driver crashes" : (refusal ?? "no graphics driver is installed");
  return { adapter: adapter ?? undefined, reason };
}

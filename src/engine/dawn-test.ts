import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type AdapterInfo, type DawnPackage, findDawn, installDawn, isSoftware, mayHaveGpu } from "./dawn.js";
import { runCommand } from "./setup/run-command.js";

/** What is here for the engine "webgpu". */
export interface GraphicsState {
  readonly text: string;
  /** A device that "auto" takes, or one that a processor plays; undefined when the engine cannot start. */
  readonly device?: "cpu" | "gpu";
  readonly advice: readonly string[];
}

const script = `
const { create } = await import(process.argv[1]);
const gpu = create([]);
const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
const { vendor, architecture, device, description, isFallbackAdapter } = adapter?.info ?? {};
console.log("poisonspot " + JSON.stringify(adapter && { vendor, architecture, device, description, isFallbackAdapter }));
process.exit(0);
`;

/** Asks for a graphics device in a process of its own: a broken driver must not take the doctor with it. */
export async function examineGraphics({ cuda }: { cuda: boolean }): Promise<GraphicsState> {
  const dawn = findDawn();
  if (dawn === undefined) {
    const advice = mayHaveGpu() && !cuda ? [`For a GPU without CUDA: \`${installDawn}\``] : [];
    return { text: "the package webgpu is not installed (needed only for a GPU without CUDA)", advice };
  }
  const { info, reason } = await askForAdapter(dawn);
  if (info === undefined) return { text: `Dawn ${dawn.version}, but no device: ${reason}`, advice: [] };
  const software = isSoftware(info);
  const name = info.description || info.device;
  const text = software
    ? `Dawn ${dawn.version}, only a software GPU (for --engine webgpu)`
    : `works: Dawn ${dawn.version}`;
  return { text: `${text}: ${name}`, device: software ? "cpu" : "gpu", advice: [] };
}

async function askForAdapter({ folder }: DawnPackage): Promise<{ info?: AdapterInfo; reason: string }> {
  const path = pathToFileURL(join(folder, "index.js")).href;
  const { lines } = await runCommand(process.execPath, ["--input-type=module", "-e", script, path], {
    timeoutMs: 60_000,
  });
  const answer = lines.find((line) => line.startsWith("poisonspot "));
  const info =
    answer === undefined ? null : (JSON.parse(answer.slice("poisonspot ".length)) as AdapterInfo | null);
  const refusal = lines.find((line) => /^(Warning|Error): /.test(line))?.replace(/^\w+: /, "");
  const reason =
    answer === undefined ? "the graphics driver crashes" : (refusal ?? "no graphics driver is installed");
  return { info: info ?? undefined, reason };
}

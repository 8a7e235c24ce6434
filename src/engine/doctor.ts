import { arch, availableParallelism, cpus, release, totalmem, type } from "node:os";
import { messageOf } from "../errors.js";
import { describeTiles, examineGraphics, type GraphicsState } from "./dawn-test.js";
import type { EngineName } from "./engine.js";
import { testPackage } from "./setup/load-test.js";
import { readFailure, readManifest } from "./setup/manifest.js";
import { npmCall } from "./setup/npm-call.js";
import { findNativePackage } from "./setup/package-dir.js";
import { programCall, reinstall } from "./setup/program-call.js";
import { runCommand } from "./setup/run-command.js";
import { findProgram, hasNvidiaDriver, installHint, missingTools, toolNames } from "./setup/tools.js";
import { startEngine } from "./start.js";

/** One line of the report: what it is about, and what was found. */
interface Finding {
  readonly topic: string;
  readonly text: string;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** What is wrong and the command that mends it; empty when the fast engine works. */
  readonly advice: readonly string[];
  /** Whether some engine computes. */
  readonly works: boolean;
}

/** Looks at the machine, the engines and what setting them up needs. Changes nothing. */
export async function diagnose(): Promise<Diagnosis> {
  const native = await examineNative();
  const graphics = await examineGraphics({ cuda: native.device === "gpu" });
  const choice = automaticChoice(native, graphics.device);
  const engine = await startEngine({ engine: choice }).catch((error: unknown) => error);
  const works = typeof engine === "object" && engine !== null && "description" in engine;
  const engineText = works ? String(engine.description) : `none works: ${reasonOf(engine)}`;
  const driver = await nvidiaDriver();
  const findings = [
    ...(await machine()),
    { topic: "engine", text: engineText },
    { topic: "tensorflow", text: native.text },
    { topic: "webgpu", text: graphics.text },
    ...graphics.details,
    ...(graphics.key ? [{ topic: "- tiles", text: await describeTiles(graphics.key) }] : []),
    ...(await tools()),
    { topic: "NVIDIA driver", text: driver ?? "none (needed only for a GPU)" },
  ];
  const advice = [...native.advice, ...graphics.advice];
  if (native.works && driver !== undefined && native.device === "cpu") {
    advice.push(
      `An NVIDIA driver is here, but the library does not use the GPU: \`${programCall} setup --force\``,
    );
  }
  if (!works) advice.push(`No engine works: ${reinstall}`);
  return { findings, advice, works };
}

/** What "auto" takes, known from tests in other processes. */
function automaticChoice({ works, device }: NativeState, graphics: GraphicsState["device"]): EngineName {
  if (device === "gpu") return "tensorflow";
  if (graphics === "gpu") return "webgpu";
  return works ? "tensorflow" : "wasm";
}

async function machine(): Promise<Finding[]> {
  const call = npmCall();
  const npm = call === undefined ? "not found" : await firstLineOf(call.program, [...call.args, "--version"]);
  return [
    { topic: "node", text: `${process.version}, npm ${npm}` },
    { topic: "system", text: `${type()} ${release()} ${arch()}` },
    { topic: "processor", text: `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} cores` },
    { topic: "memory", text: `${(totalmem() / 2 ** 30).toFixed(1)} GiB` },
  ];
}

interface NativeState {
  readonly works: boolean;
  readonly text: string;
  readonly device?: "cpu" | "gpu";
  readonly advice: readonly string[];
}

/** Tries the native library in a process of its own: a broken one must not take the doctor with it. */
async function examineNative(): Promise<NativeState> {
  const packageDir = findNativePackage();
  if (packageDir === undefined) return { works: false, text: "not set up", advice: await setupAdvice() };
  const manifest = readManifest(packageDir);
  try {
    const { libraryVersion, device } = await testPackage(packageDir);
    const origin = manifest === undefined ? "not set up by `poisonspot setup`" : `from ${manifest.source}`;
    return { works: true, text: `works: ${libraryVersion}, ${origin}`, device, advice: [] };
  } catch (error) {
    const failure = readFailure(packageDir);
    const text = failure === undefined ? `does not work: ${reasonOf(error)}` : `set-up failed: ${failure}`;
    return { works: false, text, advice: await setupAdvice() };
  }
}

/** One command, after what it needs from the system. */
async function setupAdvice(): Promise<string[]> {
  const missing = await missingTools(toolNames);
  const install =
    missing.length === 0 ? "" : `install ${missing.join(", ")} (${installHint(missing)}), then run `;
  return [`For the fast engine: ${install}\`${programCall} setup\``];
}

async function tools(): Promise<Finding[]> {
  const missing = await missingTools(toolNames);
  const versions = toolNames.map(async (name) => {
    if (missing.includes(name)) return { topic: name, text: "missing (needed to set up the fast engine)" };
    return { topic: name, text: await (name === "pip" ? pipVersion() : firstLineOf(name, ["--version"])) };
  });
  return Promise.all(versions);
}

async function pipVersion(): Promise<string> {
  return (await firstLineOf("python3", ["-m", "pip", "--version"])).replace(/ from .*/, "");
}

async function nvidiaDriver(): Promise<string | undefined> {
  if (!hasNvidiaDriver()) return undefined;
  if (findProgram("nvidia-smi") === undefined) return "present";
  return firstLineOf("nvidia-smi", ["--query-gpu=name,driver_version", "--format=csv,noheader"]);
}

async function firstLineOf(program: string, args: readonly string[]): Promise<string> {
  const { lines } = await runCommand(program, args, { timeoutMs: 30_000 });
  return lines.find((line) => line.trim() !== "" && !/\bwarn/i.test(line))?.trim() ?? "no answer";
}

function reasonOf(error: unknown): string {
  return messageOf(error);
}

import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runCommand } from "./run-command.js";

/** What the set-up needs from the system, and what to call it when it is missing. */
export const toolNames = ["python3", "pip", "make", "g++"] as const;
export type ToolName = (typeof toolNames)[number];

/** The full path of a program, or undefined when it is not on PATH. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Those of `names` that are not there. "pip" is asked for as `python3 -m pip`, which takes a moment. */
export async function missingTools(names: readonly ToolName[], signal?: AbortSignal): Promise<ToolName[]> {
  const missing: ToolName[] = [];
  for (const name of names) {
    const found = name === "pip" ? await hasPip(signal) : findProgram(name) !== undefined;
    if (!found) missing.push(name);
  }
  return missing;
}

async function hasPip(signal?: AbortSignal): Promise<boolean> {
  return (await runCommand("python3", ["-m", "pip", "--version"], { signal, timeoutMs: 60_000 })).ok;
}

/** The command that installs `missing` with this system's package manager; their names if none is known. */
export function installHint(missing: readonly ToolName[]): string {
  const packages = (pip: string, compiler: string) =>
    missing.map((name) => (name === "pip" ? pip : name === "g++" ? compiler : name)).join(" ");
  if (findProgram("apt-get")) return `sudo apt-get install ${packages("python3-pip", "g++")}`;
  if (findProgram("dnf")) return `sudo dnf install ${packages("python3-pip", "gcc-c++")}`;
  if (findProgram("pacman")) return `sudo pacman -S ${packages("python-pip", "gcc")}`;
  return missing.join(", ");
}

/** Whether an NVIDIA driver is installed; what it can do, only the library finds out. */
export function hasNvidiaDriver(): boolean {
  return existsSync("/proc/driver/nvidia/version") || findProgram("nvidia-smi") !== undefined;
}

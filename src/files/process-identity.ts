import { readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { sha256Of } from "./sha256.js";

/**
 * Names, in 8 hexadecimal digits, where a process number means this process: the host, and on Linux the set of processes
 * (containers of one host each have their own).
 */
export const machineId = (): string => sha256Of(`${hostname()} ${processNamespace()}`).slice(0, 8);

function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** Whether a process of this machine is there; it may be a later one with the same number. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * When a process of this machine started, in the kernel's own count: tells it from a later one with the same number. It is
 * field 22 of /proc/<pid>/stat; empty where there is no such file.
 */
export async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in parentheses, which may hold spaces.
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

import { utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { machineId } from "../../src/files/process-identity.js";

/** The text of a lock file: of this process unless `changes` say otherwise. */
export const lockText = (changes: object = {}): string =>
  JSON.stringify({
    pid: process.pid,
    host: hostname(),
    machine: machineId(),
    started: "",
    since: "2026-01-01T00:00:00Z",
    id: "1",
    ...changes,
  });

/** A lock of another machine's process, whose last heartbeat was some seconds ago. */
export async function writeForeignLock(path: string, silentSeconds: number): Promise<void> {
  await writeFile(path, lockText({ pid: 1, host: "elsewhere", machine: "0badcafe" }));
  await makeOlder(path, silentSeconds);
}

export async function makeOlder(path: string, seconds: number): Promise<void> {
  const time = Date.now() / 1000 - seconds;
  await utimes(path, time, time);
}

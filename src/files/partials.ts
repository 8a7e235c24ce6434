import { randomUUID } from "node:crypto";
import { lstat, readdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isRunning, machineId } from "./process-identity.js";

/**
 * How long nothing in the partial file or folder of another machine has to change before it counts as left behind: whether
 * its process lives cannot be seen from here, and one that captures may add nothing for hours.
 */
const abandonedAfterMs = 24 * 3_600_000;

/** A sibling of `path` that nothing else uses: same folder, so that a rename stays on one file system. */
export const partialName = (path: string): string =>
  `${path}.partial-${machineId()}-${process.pid}-${randomUUID().slice(0, 8)}`;

/** Removes what processes that are no more left of `path` half-written. */
export async function removeStalePartials(path: string): Promise<void> {
  const start = `${basename(path)}.partial-`;
  for (const name of await readdir(dirname(path)).catch(() => [])) {
    if (!name.startsWith(start)) continue;
    const partial = join(dirname(path), name);
    const [machine, pid] = name.slice(start.length).split("-");
    const isInUse = machine === machineId() ? isRunning(Number(pid)) : !(await isAbandoned(partial));
    if (!isInUse) await rm(partial, { recursive: true, force: true });
  }
}

/** Where that cannot be found out (a full disk), it is not. */
async function isAbandoned(partial: string): Promise<boolean> {
  const now = await fileSystemTime(partial).catch(() => Number.NEGATIVE_INFINITY);
  return now - (await lastChange(partial)) >= abandonedAfterMs;
}

/**
 * The time that a file written now beside `path` gets, ms: what the times of other files there are to be compared with, for
 * the clocks of machines that share a folder differ.
 */
export async function fileSystemTime(path: string): Promise<number> {
  const probe = partialName(path);
  try {
    await writeFile(probe, "now", { flag: "wx" });
    return (await stat(probe)).mtimeMs;
  } finally {
    await rm(probe, { force: true });
  }
}

/** The latest change of a file, or of a folder and all in it, ms; what is gone has changed just now. */
async function lastChange(path: string): Promise<number> {
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined) return Number.POSITIVE_INFINITY;
  const inside = info.isDirectory() ? await readdir(path, { recursive: true }).catch(() => []) : [];
  const times = await Promise.all(inside.map((name) => lstat(join(path, name)).catch(() => info)));
  return Math.max(info.mtimeMs, ...times.map(({ mtimeMs }) => mtimeMs));
}

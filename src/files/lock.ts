import { randomUUID } from "node:crypto";
import { link, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { UserError } from "../errors.js";
import { naming } from "./atomic-file.js";
import { startHeartbeat } from "./heartbeat.js";
import { makeFolder } from "./make-folder.js";
import { fileSystemTime, partialName, removeStalePartials } from "./partials.js";
import { isRunning, machineId, startOf } from "./process-identity.js";
import { openRegularFile } from "./regular-file.js";

/**
 * Processes of other machines cannot be looked at: they count as gone when their lock has not been written to for so long. Ten
 * heartbeats, so that neither a file server that is away for a moment nor clocks that differ by seconds look like a death.
 */
export const silentAfterMs = 300_000;

const holderSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** See `machineId`. */
  machine: z.string(),
  /** See `startOf`. */
  started: z.string(),
  since: z.string(),
  /** Tells this lock from every other. */
  id: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

type GiveBack = () => Promise<void>;

/** A lock file as it was found. */
interface FoundLock {
  readonly text: string;
  /** undefined: it was cut short as its machine died. */
  readonly holder: Holder | undefined;
  /** Its time of change, ms, by the clock of its file system. */
  readonly changed: number;
}

/**
 * Takes a lock file, so that no two runs write the same results; the lock of a process that is no more is taken over.
 * @param path of the lock file
 * @param refusal what to say when another process holds it
 * @returns what gives it back
 * @throws what `refusal` gives
 */
export async function takeLock(
  path: string,
  refusal: (path: string, holder: string) => UserError = resultsHeld,
): Promise<GiveBack> {
  const taken = await tryLock(path);
  if (typeof taken === "function") return taken;
  throw refusal(path, taken);
}

/** @returns what gives the lock back; where another process holds it, that process in words */
export async function tryLock(path: string): Promise<GiveBack | string> {
  await makeFolder(dirname(path));
  await removeStalePartials(path);
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    machine: machineId(),
    started: await startOf(process.pid),
    since: new Date().toISOString(),
    id: randomUUID(),
  };
  const text = `${JSON.stringify(own)}\n`;
  // A stale lock is taken away by the first attempt, which other processes may be ahead of.
  for (let attempt = 0; attempt < 20; attempt++) {
    if (await create(path, text)) return holding(path, text);
    const found = await readLock(path);
    if (found && (await isAlive(path, found))) return describe(found.holder);
    if (found && !(await takeAway(path, found, text))) await setTimeout(25);
  }
  return "one process after the other holds it";
}

async function holding(path: string, text: string): Promise<GiveBack> {
  const remove = async () => {
    if ((await readLock(path))?.text === text) await rm(path, { force: true });
  };
  try {
    const endHeartbeat = startHeartbeat(path, text);
    return async () => {
      endHeartbeat();
      await remove();
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The living process that holds a lock file, in words. @returns undefined when none does */
export async function lockHolder(path: string): Promise<string | undefined> {
  const found = await readLock(path);
  return found && (await isAlive(path, found)) ? describe(found.holder) : undefined;
}

const describe = (holder: Holder | undefined): string =>
  holder
    ? `process ${holder.pid} on ${holder.host} holds it since ${holder.since}`
    : "it does not say which process holds it";

/** Runs `work` while holding the lock of an artefact at `path`. @throws UserError when another run holds it */
export async function whileLocked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const giveBack = await takeLock(`${path}.lock`);
  try {
    return await work();
  } finally {
    await giveBack();
  }
}

/** The lock appears with its text at once: one that is cut short says nobody's name. */
async function create(path: string, text: string): Promise<boolean> {
  const partial = partialName(path);
  try {
    await writeFile(partial, text, { flag: "wx" });
    await link(partial, path).catch((error: NodeJS.ErrnoException) => {
      if (!withoutLinks.includes(String(error.code))) throw error;
      return writeFile(path, text, { flag: "wx" });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw naming(path, error);
    // A file server whose answer was lost is asked again, and then finds what it has made.
    return (await readLock(path))?.text === text;
  } finally {
    await rm(partial, { force: true });
  }
}

/** What file systems without hard links answer. */
const withoutLinks = ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK"];

/**
 * Removes the lock of a process that is gone, and no other: many may find it at once, and one of them may have put its own in
 * its place. They do it one at a time, under a lock of its own.
 * @returns false when another process is at it
 */
async function takeAway(path: string, found: FoundLock, own: string): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await create(guard, own))) {
    const other = await readLock(guard);
    if (other && !(await isAlive(guard, other))) await rm(guard, { force: true });
    return false;
  }
  try {
    const now = await readLock(path);
    // A heartbeat that comes at the last moment counts.
    if (now?.text === found.text && now.changed === found.changed) await rm(path, { force: true });
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

/** Far more than one has. */
const maxLockBytes = 4096;

/** @returns undefined when it is not there, or goes while it is read */
const readLock = (path: string): Promise<FoundLock | undefined> =>
  readOpened(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ESTALE") return undefined;
    throw error;
  });

/** Opening asks the file server; a look at the path alone may be answered from memory. */
async function readOpened(path: string): Promise<FoundLock> {
  const file = await openRegularFile(path);
  try {
    const { mtimeMs: changed } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxLockBytes), 0, maxLockBytes, 0);
    const text = buffer.toString("utf8", 0, bytesRead);
    return { text, holder: parseHolder(text), changed };
  } finally {
    await file.close();
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function isAlive(path: string, { holder, changed }: FoundLock): Promise<boolean> {
  if (holder?.machine === machineId())
    return isRunning(holder.pid) && (await startOf(holder.pid)) === holder.started;
  // Where nothing can be written, this machine's own clock has to do.
  const now = await fileSystemTime(path).catch(() => Date.now());
  return now - changed < silentAfterMs;
}

const resultsHeld = (path: string, holder: string): UserError =>
  new UserError(
    `Another run is writing the same results: ${path}, ${holder}.`,
    "Wait for it, or let it write to other folders (a scan: --out; an experiment: --exp, --saved_models_path, --prov_path). When a run on another machine was killed, that is noticed after 5 minutes.",
  );

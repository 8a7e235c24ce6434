import { mkdir, open, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { z } from "zod";
import { UserError } from "../errors.js";

const holderSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** When the process started, in the kernel's own count; tells it from a later one with the same number. */
  started: z.string(),
  since: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

/**
 * Takes a lock file, so that no two runs write the same results; a lock whose process is no more is taken over.
 * @param path of the lock file
 * @returns what gives it back
 * @throws UserError naming the process that holds it
 */
export async function takeLock(path: string): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true });
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    started: await startOf(process.pid),
    since: new Date().toISOString(),
  };
  // Two attempts: a stale lock is removed by the first.
  for (let attempt = 0; attempt < 2; attempt++) {
    if (await create(path, own)) return () => rm(path, { force: true });
    const holder = await lockHolder(path);
    if (holder) throw held(path, holder);
    await rm(path, { force: true });
  }
  throw held(path, await readHolder(path));
}

/** The living process that holds a lock file. @returns undefined when none does */
export async function lockHolder(path: string): Promise<Holder | undefined> {
  const holder = await readHolder(path);
  return holder && (await isAlive(holder)) ? holder : undefined;
}

/** "process 123 on pc holds it since …" */
export const describeHolder = ({ pid, host, since }: Holder): string =>
  `process ${pid} on ${host} holds it since ${since}`;

/** Runs `work` while holding the lock of an artefact at `path`. @throws UserError when another run holds it */
export async function whileLocked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const giveBack = await takeLock(`${path}.lock`);
  try {
    return await work();
  } finally {
    await giveBack();
  }
}

async function create(path: string, own: Holder): Promise<boolean> {
  const file = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") return undefined;
    throw error;
  });
  if (!file) return false;
  try {
    await file.writeFile(`${JSON.stringify(own)}\n`);
  } finally {
    await file.close();
  }
  return true;
}

/** undefined: it is gone, or was cut short as its process died. */
async function readHolder(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Processes of other hosts cannot be looked at: they count as alive. */
async function isAlive({ pid, host, started }: Holder): Promise<boolean> {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return (await startOf(pid)) === started;
}

/** Field 22 of /proc/<pid>/stat; empty where there is no such file. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in parentheses, which may hold spaces.
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function held(path: string, holder: Holder | undefined): UserError {
  const who = holder ? describeHolder(holder) : "it comes and goes";
  return new UserError(
    `Another run is writing the same results: ${path}, ${who}.`,
    "Wait for it, or use other folders (--exp, --saved_models_path, --prov_path). Delete the file if that run is gone.",
  );
}

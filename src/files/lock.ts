import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { z } from "zod";
import { UserError } from "../errors.js";
import { naming, partialName, removeStalePartials } from "./atomic-file.js";
import { makeFolder } from "./make-folder.js";

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
  await makeFolder(dirname(path));
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    started: await startOf(process.pid),
    since: new Date().toISOString(),
  };
  const text = `${JSON.stringify(own)}\n`;
  await removeStalePartials(path);
  // A stale lock is removed by the first attempt, which another process may be ahead of.
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await create(path, text)) return () => remove(path, text);
    const found = await readFile(path, "utf8").catch(() => undefined);
    const holder = found === undefined ? undefined : parseHolder(found);
    if (holder && (await isAlive(holder))) throw held(path, holder);
    if (found !== undefined) await remove(path, found);
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

/** The lock appears with its text at once: an empty one would look like that of a process that died. */
async function create(path: string, text: string): Promise<boolean> {
  const partial = partialName(path);
  try {
    await writeFile(partial, text, { flag: "wx" });
    return await isMade(
      link(partial, path).catch((error: NodeJS.ErrnoException) => {
        if (!withoutLinks.includes(String(error.code))) throw error;
        return writeFile(path, text, { flag: "wx" });
      }),
    );
  } catch (error) {
    throw naming(path, error);
  } finally {
    await rm(partial, { force: true });
  }
}

/** What file systems without hard links answer. */
const withoutLinks = ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK"];

const isMade = (making: Promise<void>): Promise<boolean> =>
  making.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );

/** Removes the lock that says `text`, and no other: several processes may find the same one stale. */
async function remove(path: string, text: string): Promise<void> {
  const aside = partialName(path);
  const isMoved = await rename(path, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  if (!isMoved) return;
  // Another process was ahead, and this is its own.
  if ((await readFile(aside, "utf8")) !== text) await isMade(link(aside, path));
  await rm(aside, { force: true });
}

/** undefined: it is gone, or was cut short as its process died. */
const readHolder = async (path: string): Promise<Holder | undefined> =>
  parseHolder(await readFile(path, "utf8").catch(() => ""));

function parseHolder(text: string): Holder | undefined {
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

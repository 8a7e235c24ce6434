import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { UserError } from "../../src/errors.js";
import { lockHolder, takeLock } from "../../src/files/lock.js";
import { startOf } from "../../src/files/process-identity.js";
import { temporaryFolder } from "../store/temporary-folder.js";
import { lockText, makeOlder, writeForeignLock } from "./lock-files.js";

/** In a folder that is there. */
async function newLock(): Promise<string> {
  const path = join(await temporaryFolder(), "sub", "run.lock");
  await mkdir(dirname(path));
  return path;
}

test("a lock that is held is refused, naming its process; given back it can be taken again", async () => {
  const path = join(await temporaryFolder(), "sub", "run.lock");
  const giveBack = await takeLock(path);
  const refused = await takeLock(path).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UserError);
  const holder = `process ${process.pid} on ${hostname()} holds it since 20`;
  expect((refused as UserError).message).toContain(holder);
  expect(await lockHolder(path)).toContain(holder);
  await giveBack();
  await expect(stat(path)).rejects.toThrow("ENOENT");
  expect(await lockHolder(path)).toBeUndefined();
  await (await takeLock(path))();
});

test("the lock of a process that was killed is taken over", async () => {
  const path = await newLock();
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  const { pid = 0 } = child;
  await writeFile(path, lockText({ pid, started: await startOf(pid) }));
  await expect(takeLock(path)).rejects.toThrow(`process ${pid} on`);
  child.kill("SIGKILL");
  await once(child, "close");
  await (await takeLock(path))();
});

test.runIf(process.platform === "linux")(
  "a later process with the number of the holder is not the holder",
  async () => {
    const path = await newLock();
    await writeFile(path, lockText({ started: "1" }));
    await (await takeLock(path))();
  },
);

test("of another machine's process only its lock's heartbeat is seen: heard of lately it is respected", async () => {
  const path = await newLock();
  await writeForeignLock(path, 200);
  await expect(takeLock(path)).rejects.toThrow("process 1 on elsewhere");
  expect(await lockHolder(path)).toContain("process 1 on elsewhere");
});

test("another machine's lock is taken over when it has been silent for five minutes", async () => {
  const path = await newLock();
  await writeForeignLock(path, 301);
  expect(await lockHolder(path)).toBeUndefined();
  const giveBack = await takeLock(path);
  expect(JSON.parse(await readFile(path, "utf8")).pid).toBe(process.pid);
  await giveBack();
});

test("how long a lock has been silent is told by the file system's clock, not by this machine's", async () => {
  const path = await newLock();
  await writeForeignLock(path, 0);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
  onTestFinished(() => void vi.useRealTimers());
  await expect(takeLock(path)).rejects.toThrow("process 1 on elsewhere");
});

test("a lock that another process has in the meantime is not given back", async () => {
  const path = await newLock();
  const giveBack = await takeLock(path);
  await writeForeignLock(path, 0);
  await giveBack();
  expect(await lockHolder(path)).toContain("elsewhere");
});

test.each(["", "{", '{"pid":1}', "null"])(
  "a lock cut short (%j) may be one that is being written; later it is taken over",
  async (text) => {
    const path = await newLock();
    await writeFile(path, text);
    await expect(takeLock(path)).rejects.toThrow("does not say which process");
    await makeOlder(path, 301);
    const giveBack = await takeLock(path);
    expect(JSON.parse(await readFile(path, "utf8")).pid).toBe(process.pid);
    await giveBack();
  },
);

test.each([
  ["of a process that is gone", lockText({ pid: 2 ** 30 })],
  ["of a machine that is gone", lockText({ pid: 1, machine: "0badcafe" })],
])("of many that find the same lock %s, one takes it", async (_, text) => {
  const path = await newLock();
  for (let round = 0; round < 10; round++) {
    await writeFile(path, text);
    await makeOlder(path, 1000);
    const taken = await Promise.allSettled(Array.from({ length: 12 }, () => takeLock(path)));
    const winners = taken.filter((result) => result.status === "fulfilled");
    expect(winners).toHaveLength(1);
    for (const result of taken)
      if (result.status === "rejected") expect(result.reason).toBeInstanceOf(UserError);
    await winners[0].value();
    expect(await readdir(dirname(path))).toEqual([]);
  }
});

test("a process that was killed while it took a lock over is in nobody's way", async () => {
  const path = await newLock();
  await writeForeignLock(path, 1000);
  await writeFile(`${path}.takeover`, lockText({ pid: 2 ** 30 }));
  await (await takeLock(path))();
  expect(await readdir(dirname(path))).toEqual([]);
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { takeLock } from "../../src/files/lock.js";
import { temporaryFolder } from "../store/temporary-folder.js";

const newLock = async () => join(await temporaryFolder(), "sub", "run.lock");

test("a lock that is held is refused, naming its process; given back it can be taken again", async () => {
  const path = await newLock();
  const giveBack = await takeLock(path);
  const refused = await takeLock(path).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UserError);
  expect((refused as UserError).message).toContain(
    `process ${process.pid} on ${hostname()} holds it since 20`,
  );
  await giveBack();
  await expect(stat(path)).rejects.toThrow("ENOENT");
  await (await takeLock(path))();
});

const holder = (changes: object) =>
  JSON.stringify({
    pid: process.pid,
    host: hostname(),
    started: "",
    since: "2026-01-01T00:00:00Z",
    ...changes,
  });

test("the lock of a process that was killed is taken over", async () => {
  const path = await newLock();
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  const giveBack = await takeLock(path);
  await giveBack();
  await writeFile(path, holder({ pid: child.pid }));
  child.kill("SIGKILL");
  await once(child, "close");
  await (await takeLock(path))();
});

test.runIf(process.platform === "linux")(
  "a later process with the number of the holder is not the holder",
  async () => {
    const path = await newLock();
    await (await takeLock(path))();
    await writeFile(path, holder({ started: "1" }));
    await (await takeLock(path))();
  },
);

test.each(["", "{", '{"pid":1}', "null"])("a lock cut short (%j) is taken over", async (text) => {
  const path = await newLock();
  await (await takeLock(path))();
  await writeFile(path, text);
  const giveBack = await takeLock(path);
  expect(JSON.parse(await readFile(path, "utf8")).pid).toBe(process.pid);
  await giveBack();
});

test("another host's lock is respected: its processes cannot be seen", async () => {
  const path = await newLock();
  await (await takeLock(path))();
  await writeFile(path, holder({ host: "elsewhere", pid: 1 }));
  await expect(takeLock(path)).rejects.toThrow("process 1 on elsewhere");
});

test.each(["", holder({ pid: 2 ** 30 })])(
  "of many that find the same stale lock (%j), one takes it",
  async (text) => {
    const path = await newLock();
    for (let round = 0; round < 10; round++) {
      await (await takeLock(path))();
      await writeFile(path, text);
      const taken = await Promise.allSettled(Array.from({ length: 12 }, () => takeLock(path)));
      const winners = taken.filter((result) => result.status === "fulfilled");
      expect(winners).toHaveLength(1);
      for (const result of taken)
        if (result.status === "rejected") expect(result.reason).toBeInstanceOf(UserError);
      await winners[0].value();
      expect(await readdir(dirname(path))).toEqual([]);
    }
  },
);

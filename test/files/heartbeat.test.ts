import { statSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { startHeartbeat } from "../../src/files/heartbeat.js";
import { temporaryFolder } from "../store/temporary-folder.js";
import { makeOlder } from "./lock-files.js";

/** At once: nothing else of this thread runs in between. */
const changed = (path: string): number => statSync(path).mtimeMs;

/** As a native computation does. */
const keepThreadBusy = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

test("a file's time goes on while the main thread is busy, its text stays; once stopped it stands still", async () => {
  const path = join(await temporaryFolder(), "lock");
  await writeFile(path, "text");
  await makeOlder(path, 1000);
  const stop = startHeartbeat(path, "text", 20);
  const begun = Date.now();
  keepThreadBusy(700);
  expect(changed(path)).toBeGreaterThan(begun - 100);
  expect(await readFile(path, "utf8")).toBe("text");
  stop();
  await setTimeout(100);
  const last = changed(path);
  await setTimeout(100);
  expect(changed(path)).toBe(last);
});

test("a file that has taken the place of ours is left alone", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "lock");
  await writeFile(path, "ours");
  const stop = startHeartbeat(path, "ours", 20);
  await writeFile(join(folder, "other"), "theirs");
  await makeOlder(join(folder, "other"), 1000);
  await rename(join(folder, "other"), path);
  const before = changed(path);
  await setTimeout(200);
  expect([await readFile(path, "utf8"), changed(path)]).toEqual(["theirs", before]);
  stop();
  await rm(path);
});

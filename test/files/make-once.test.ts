import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { makeOnce } from "../../src/files/make-once.js";
import { silentReporter } from "../../src/reporter.js";
import { temporaryFolder } from "../store/temporary-folder.js";
import { writeForeignLock } from "./lock-files.js";

/** A slow maker of a file, for several that want it. */
async function workshop() {
  const folder = join(await temporaryFolder(), "cache");
  const path = join(folder, "file");
  const lines: string[] = [];
  let made = 0;
  const find = () => readFile(path, "utf8").catch(() => undefined);
  const ask = (signal?: AbortSignal) =>
    makeOnce(
      path,
      find,
      async () => {
        made++;
        await setTimeout(200);
        await writeFile(path, `made ${made}`);
        return `made ${made}`;
      },
      { reporter: { ...silentReporter, info: (line) => void lines.push(line) }, ...(signal && { signal }) },
    );
  return { folder, path, lines, ask };
}

test("of several that want the same thing one makes it, the others say for whom they wait, and find it", async () => {
  const { folder, lines, ask } = await workshop();
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(["made 1", "made 1", "made 1"]);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(
    /^waiting for another run to finish: .*file\.lock, process \d+ on .* holds it since/,
  );
  expect(await readdir(folder)).toEqual(["file"]);
  expect(await ask()).toBe("made 1");
});

test("where the maker fails, one that waits makes it", async () => {
  const { path, ask } = await workshop();
  const failing = makeOnce(
    path,
    async () => undefined,
    async () => {
      await setTimeout(50);
      throw new Error("failed");
    },
    { reporter: silentReporter },
  );
  await setTimeout(20);
  const waiting = ask();
  await expect(failing).rejects.toThrow("failed");
  expect(await waiting).toBe("made 1");
});

test("waiting ends at once when the run is stopped", async () => {
  const { folder, path, ask } = await workshop();
  await mkdir(folder);
  await writeForeignLock(`${path}.lock`, 0);
  const stop = new AbortController();
  const waiting = ask(stop.signal);
  await setTimeout(100);
  stop.abort(new Error("stopped by hand"));
  await expect(waiting).rejects.toThrow(/^stopped by hand$/);
});

test("waiting ends when the other's heartbeat stops", async () => {
  const { folder, path, ask } = await workshop();
  await mkdir(folder);
  await writeForeignLock(`${path}.lock`, 299.5);
  expect(await ask()).toBe("made 1");
});

test("a maker that is killed leaves its turn to who waits", async () => {
  const { path, lines, ask } = await workshop();
  const built = fileURLToPath(new URL("../../dist/files/make-once.js", import.meta.url));
  const script = `
    import { makeOnce } from ${JSON.stringify(built)};
    const never = () => new Promise(() => { console.log("making"); setInterval(() => {}, 1000); });
    await makeOnce(${JSON.stringify(path)}, async () => undefined, never, { reporter: console });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  const waiting = ask();
  await setTimeout(150);
  expect(lines.join()).toContain(`process ${child.pid} on`);
  child.kill("SIGKILL");
  expect(await waiting).toBe("made 1");
});

test("a process that is at its end is not kept alive by the heartbeat of its lock", async () => {
  const folder = await temporaryFolder();
  const built = fileURLToPath(new URL("../../dist/files/lock.js", import.meta.url));
  const script = `
    import { takeLock } from ${JSON.stringify(built)};
    await takeLock(${JSON.stringify(join(folder, "lock"))});`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  onTestFinished(() => void child.kill("SIGKILL"));
  expect(await once(child, "close")).toEqual([0, null]);
});

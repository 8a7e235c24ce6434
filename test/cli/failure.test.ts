import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeFailure } from "../../src/cli/failure.js";
import { naming, writeFileAtomic } from "../../src/files/atomic-file.js";
import { temporaryFolder } from "../store/temporary-folder.js";

test("a path that cannot work is the user's to mend: exit code 2, with the file's own name", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "file"), "");
  const path = join(folder, "file", "below");
  const error = await writeFileAtomic(join(path, "model"), "x").catch((thrown: unknown) => thrown);
  expect(describeFailure(error)).toEqual({
    exitCode: 2,
    text: `error: ${path}: a part of the path is a file, not a folder.\nhint: Give another path, or mend this one.`,
  });
});

test("a folder where a file should be", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "model", "inner"), { recursive: true });
  const error = await writeFileAtomic(join(folder, "model"), "x").catch((thrown: unknown) => thrown);
  const { exitCode, text } = describeFailure(error);
  expect(exitCode).toBe(2);
  expect(text).toContain(`error: ${join(folder, "model")}: it is a folder.`);
});

test("a full disk ends with 1 and says which file did not fit", () => {
  // The system does not say which file it was.
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const { exitCode, text } = describeFailure(naming("models/a.safetensors", full));
  expect(exitCode).toBe(1);
  expect(text).toMatch(
    /^error: models\/a\.safetensors: the disk is full\.\nhint: Everything finished so far is kept/,
  );
});

test("an error of the system that is none of these is reported as a bug", () => {
  const odd = Object.assign(new Error("EBADF: bad file descriptor"), { code: "EBADF", path: "x" });
  expect(describeFailure(odd).text).toContain("This is a bug in poisonspot");
});

test.skipIf(process.platform === "win32")("no more open files: known from every side that meets it", () => {
  const source = JSON.stringify(new URL("../../src/cli/failure.ts", import.meta.url).href);
  const script = `
    import { spawn } from "node:child_process";
    import { once } from "node:events";
    import { openSync, readFileSync } from "node:fs";
    import { createRequire } from "node:module";
    import { Worker } from "node:worker_threads";
    import { describeFailure } from ${source};
    import { UserError } from ${JSON.stringify(new URL("../../src/errors.ts", import.meta.url).href)};
    const isKnown = (error) => describeFailure(error).text.startsWith("error: Too many files are open");
    const thrown = (work) => { try { work(); } catch (error) { return error; } };
    const reading = thrown(() => { for (;;) openSync("/dev/null"); });
    const loading = thrown(() => createRequire(${source})("vega"));
    const [spawning] = await once(spawn("true"), "error").catch((error) => [error]);
    const [threading] = await once(new Worker("", { eval: true }), "error").catch((error) => [error]);
    const wrapped = new UserError("what", "hint", { cause: reading });
    process.stdout.write(JSON.stringify([reading, loading, spawning, threading, wrapped].map(isKnown)));`;
  const node = [
    process.execPath,
    "--import",
    import.meta.resolve("tsx"),
    "--input-type=module",
    "-e",
    script,
  ];
  const { stdout, stderr } = spawnSync("sh", ["-c", 'ulimit -n 64 && exec "$@"', "sh", ...node], {
    encoding: "utf8",
  });
  expect([stdout, stderr]).toEqual(["[true,true,true,true,true]", ""]);
});

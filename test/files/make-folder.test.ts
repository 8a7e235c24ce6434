import { spawnSync } from "node:child_process";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { makeFolder } from "../../src/files/make-folder.js";
import { temporaryFolder } from "../store/temporary-folder.js";

test("a folder and those above it, also when they are there or others make them at once", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "a/b/c");
  await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(folder, "a/b/d"))]);
  await makeFolder(path);
  expect((await stat(path)).isDirectory()).toBe(true);
  await makeFolder(".");
});

test("a file in the way", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "file"), "");
  await expect(makeFolder(join(folder, "file"))).rejects.toThrow("EEXIST");
  await expect(makeFolder(join(folder, "file/a/b"))).rejects.toThrow("ENOTDIR");
});

test("below a working folder that is gone: an error, and no endless search", async () => {
  const folder = await temporaryFolder();
  const built = fileURLToPath(new URL("../../dist/files/make-folder.js", import.meta.url));
  const script = `
    import { rmSync } from "node:fs";
    import { makeFolder } from ${JSON.stringify(built)};
    rmSync(${JSON.stringify(folder)}, { recursive: true });
    await makeFolder("results/a/b").catch((error) => console.log(error.code));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: folder,
    timeout: 20_000,
    encoding: "utf8",
  });
  expect(stdout).toBe("ENOENT\n");
});

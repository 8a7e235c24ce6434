import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { platformName, readManifest, writeManifest } from "../../src/engine/setup/manifest.js";
import { ownCopyFolder, packageIn } from "../../src/engine/setup/own-copy.js";
import { findNativePackage, packageName } from "../../src/engine/setup/package-dir.js";
import { startEngine } from "../../src/engine/start.js";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const nativePackage = findNativePackage();
const nativeWorks = nativePackage !== undefined && readManifest(nativePackage) !== undefined;
const temporary: string[] = [];

afterAll(async () => {
  for (const folder of temporary) await rm(folder, { recursive: true, force: true });
});

/** Starts an engine in a fresh process, from the sources in `src`. */
async function startInChild(engine: string, src = join(root, "src")) {
  const child = fileURLToPath(new URL("./start-child.ts", import.meta.url));
  const args = ["--import", "tsx", child, src, engine];
  // A clean environment: what silences the library must come from us.
  const { PATH, HOME, VK_DRIVER_FILES } = process.env;
  // Nor may a copy of the native package that this user has elsewhere stand in for one that is broken.
  const elsewhere = src.startsWith(root) ? {} : { XDG_DATA_HOME: src, XDG_DATA_DIRS: src };
  const env = { PATH, HOME, ...elsewhere, ...(VK_DRIVER_FILES && { VK_DRIVER_FILES }) };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
  return { result: JSON.parse(stdout), stderr };
}

/** Our sources in a place where the native package does not load. */
async function sourcesWithBrokenNative(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "poisonspot-start-"));
  temporary.push(folder);
  for (const part of ["engine", "files", "errors.ts", "format.ts"]) {
    await cp(join(root, "src", part), join(folder, "src", part), { recursive: true });
  }
  await cp(join(root, "package.json"), join(folder, "package.json"));
  const packages = join(folder, "node_modules", "@tensorflow");
  await mkdir(packages, { recursive: true });
  await symlink(join(root, "node_modules", "zod"), join(folder, "node_modules", "zod"));
  for (const name of ["tfjs", "tfjs-backend-wasm"]) {
    await symlink(join(root, "node_modules", "@tensorflow", name), join(packages, name));
  }
  await mkdir(join(packages, "tfjs-node-gpu"));
  await writeFile(join(packages, "tfjs-node-gpu", "package.json"), '{"main":"index.js"}');
  await writeFile(join(packages, "tfjs-node-gpu", "index.js"), 'throw new Error("no binding\\nat all")');
  return join(folder, "src");
}

/** A copy of the native package that set-up has fetched and finished; its content only shows that it was loaded. */
async function finishedCopyIn(dataFolder: string): Promise<void> {
  const packageDir = packageIn(ownCopyFolder(dataFolder, packageName), packageName);
  await mkdir(packageDir, { recursive: true });
  await writeFile(join(packageDir, "package.json"), '{"main":"index.js"}');
  await writeFile(
    join(packageDir, "index.js"),
    'throw new Error("a copy for " + process.env.POISONSPOT_TFJS)',
  );
  const origin = { way: "wheel", source: "x.whl", libraryVersion: "2.21.0" } as const;
  await writeManifest(packageDir, { schemaVersion: 1, ...origin, platform: platformName(), files: {} });
}

describe.each(["tensorflow", "webgpu", "wasm", "cpu"])("the engine %s", (engine) => {
  test.skipIf(engine === "tensorflow" && !nativeWorks)(
    "computes, and stderr stays empty",
    async ({ skip }) => {
      const { result, stderr } = await startInChild(engine);
      if (engine === "webgpu" && result.error !== undefined) skip(result.message);
      // Only the add-on of the native engine's set-up can keep graphics drivers quiet.
      if (engine !== "webgpu" || nativeWorks) expect(stderr).toBe("");
      expect(result).toMatchObject({ name: engine, backend: engine });
      expect(result.description).toContain(engine);
      expect(result.libraryVersion).toMatch(/^\d+\.\d+\.\d+/);
      expect(result.threads).toBeGreaterThanOrEqual(1);
      // [[1 2 3] [4 5 6]] times its transpose; the gradient of its sum is twice the column sums, in every row.
      expect(result.product).toEqual([14, 32, 32, 77]);
      expect(result.gradient).toEqual([10, 14, 18, 10, 14, 18]);
      expect(result.convolved).toEqual([18, 18, 18, 18]);
    },
  );
});

test("where the native package does not load, auto means wasm, and tensorflow is refused with the command that mends it", async () => {
  const src = await sourcesWithBrokenNative();
  const automatic = await startInChild("auto", src);
  expect(automatic).toMatchObject({ stderr: "", result: { name: "wasm" } });
  const { result } = await startInChild("tensorflow", src);
  expect(result.error).toBe("UserError");
  expect(result.message).toBe('The engine "tensorflow" does not work here: no binding');
  expect(result.hint).toContain("poisonspot setup");
  await finishedCopyIn(src);
  const copy = await startInChild("tensorflow", src);
  expect(copy.result.message).toMatch(/ does not work here: a copy for \/.*\/tfjs\/dist\/tf\.node\.js$/);
  const graphics = await startInChild("webgpu", src);
  expect(graphics.result.message).toBe(
    'The engine "webgpu" does not work here: the package webgpu is not installed',
  );
  expect(graphics.result.hint).toContain("setup --engine webgpu");
});

test("mistaken options are named before anything is loaded", async () => {
  await expect(startEngine({ engine: "cuda" as never })).rejects.toThrow('Unknown engine "cuda"');
  await expect(startEngine({ gpuId: -1 })).rejects.toThrow("gpuId is -1");
  await expect(startEngine({ threads: 0 })).rejects.toThrow("threads is 0");
});

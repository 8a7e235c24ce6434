import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  platformName,
  readFailure,
  readManifest,
  writeFailure,
  writeManifest,
} from "../../src/engine/setup/manifest.js";
import { setupEngine } from "../../src/engine/setup/setup.js";
import { findProgram } from "../../src/engine/setup/tools.js";
import { unpackWheel } from "../../src/engine/setup/unpack-wheel.js";
import {
  cudaRequirements,
  placeOfCudaMember,
  placeOfTensorflowMember,
} from "../../src/engine/setup/wheel-layout.js";
import { takeLock } from "../../src/files/lock.js";
import { silentReporter } from "../../src/reporter.js";

import { lockText } from "../files/lock-files.js";

const quiet = { reporter: silentReporter };
const canBuild = ["python3", "make", "g++"].every((name) => findProgram(name) !== undefined);
const library = Buffer.from("the library, ".repeat(1000));
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-setup-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A wheel with the given members; `recorded` overrides what RECORD says about them. */
async function fakeWheel(members: Record<string, Buffer>, recorded = members): Promise<string> {
  const lines = Object.entries(recorded).map(([name, bytes]) => {
    return `${name},sha256=${createHash("sha256").update(bytes).digest("base64url")},${bytes.length}`;
  });
  const zip: Zippable = { "tensorflow_cpu-2.21.0.dist-info/RECORD": Buffer.from(`${lines.join("\n")}\n`) };
  for (const [name, bytes] of Object.entries(members))
    zip[name] = [bytes, { level: name.endsWith(".h") ? 0 : 6 }];
  const path = join(folder, "tensorflow_cpu-2.21.0-py3-none-any.whl");
  await writeFile(path, zipSync(zip));
  return path;
}

const goodMembers = {
  "tensorflow/libtensorflow_cc.so.2": library,
  "tensorflow/libtensorflow_framework.so.2": library,
  "tensorflow/include/tensorflow/c/c_api.h": Buffer.from("// header"),
  "tensorflow/include/absl/strings/cord.h": Buffer.from("// not needed"),
  "tensorflow/python/keras/huge.py": Buffer.from("# not needed"),
};

/** A package as npm leaves it with scripts ignored, with an older library in place. */
async function fakePackage(): Promise<string> {
  const packageDir = join(folder, "package");
  const files = {
    "package.json": '{"name":"fake","version":"0.0.0"}',
    "dist/index.js": "throw new Error('not set up')",
    "deps/lib/old.so": "old library",
    "lib/old.node": "old binding",
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(packageDir, name)), { recursive: true });
    await writeFile(join(packageDir, name), text);
  }
  return packageDir;
}

describe("unpacking a wheel", () => {
  test("takes the two libraries and the needed headers, stored or deflated", async () => {
    const target = join(folder, "deps");
    expect(await unpackWheel(await fakeWheel(goodMembers), target, placeOfTensorflowMember, quiet)).toBe(3);
    const written = (await readdir(target, { recursive: true })).filter((name) => name.includes("."));
    expect(written.sort()).toEqual([
      "include/tensorflow/c/c_api.h",
      "lib/libtensorflow_cc.so.2",
      "lib/libtensorflow_framework.so.2",
    ]);
    expect(await readFile(join(target, "lib", "libtensorflow_cc.so.2"))).toEqual(library);
  });

  test("refuses a member that differs from its recorded hash", async () => {
    const recorded = { ...goodMembers, "tensorflow/libtensorflow_cc.so.2": Buffer.from("another library") };
    const wheel = await fakeWheel(goodMembers, recorded);
    const unpacking = unpackWheel(wheel, join(folder, "deps"), placeOfTensorflowMember, quiet);
    await expect(unpacking).rejects.toThrow("libtensorflow_cc.so.2 differs from the hash recorded");
  });

  test.each(["../evil.so", "/evil.so", "tensorflow/../../evil.so", "a\\..\\evil.so"])(
    "refuses %s",
    async (name) => {
      const wheel = await fakeWheel({ [name]: library });
      await expect(unpackWheel(wheel, join(folder, "deps"), () => "x", quiet)).rejects.toThrow("unsafe name");
      expect(await readdir(folder)).toEqual(["tensorflow_cpu-2.21.0-py3-none-any.whl"]);
    },
  );

  test("says so when the archive is cut short", async () => {
    const wheel = await fakeWheel(goodMembers);
    await writeFile(wheel, (await readFile(wheel)).subarray(0, -100));
    await expect(unpackWheel(wheel, folder, () => "x", quiet)).rejects.toThrow("not a complete zip archive");
  });

  test("CUDA wheels: which ones, and where their libraries go", () => {
    const metadata = [
      "Requires-Dist: numpy>=1.26.0",
      'Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"',
      'Requires-Dist: nvidia-nccl-cu12<3.0,>=2.27.7; extra == "and-cuda"',
    ];
    expect(cudaRequirements(metadata.join("\n"))).toEqual([
      "nvidia-cudnn-cu12<10.0,>=9.3.0.75",
      "nvidia-nccl-cu12<3.0,>=2.27.7",
    ]);
    expect(placeOfCudaMember("nvidia/cudnn/lib/libcudnn.so.9")).toBe("nvidia/cudnn/lib/libcudnn.so.9");
    expect(placeOfCudaMember("nvidia/cudnn/include/cudnn.h")).toBeUndefined();
  });
});

describe("setting up a package", () => {
  const oldFiles = ["deps", "dist", "lib", "package.json"];

  test.skipIf(!canBuild)("a library that is no good leaves the package as it was", async () => {
    const packageDir = await fakePackage();
    await mkdir(join(folder, "named", "lib"), { recursive: true });
    await mkdir(join(folder, "named", "include"));
    await writeFile(join(folder, "named", "lib", "libtensorflow.so.2"), "");
    const attempt = setupEngine({ ...quiet, packageDir, libtensorflow: join(folder, "named") });
    await expect(attempt).rejects.toThrow(/no libtensorflow_framework.so/);
    expect((await readdir(packageDir)).sort()).toEqual(oldFiles);
    expect(await readFile(join(packageDir, "lib", "old.node"), "utf8")).toBe("old binding");
  });

  test.skipIf(!canBuild)("a damaged wheel leaves the package as it was", async () => {
    const packageDir = await fakePackage();
    const wheel = await fakeWheel(goodMembers, {
      ...goodMembers,
      "tensorflow/libtensorflow_cc.so.2": Buffer.from(""),
    });
    const attempt = setupEngine({ ...quiet, packageDir, libtensorflow: wheel });
    await expect(attempt).rejects.toThrow("differs from the hash");
    expect((await readdir(packageDir)).sort()).toEqual(oldFiles);
  });

  test("a path that is not there, or is of an unknown kind, is the user's mistake", async () => {
    const packageDir = await fakePackage();
    const setUp = (libtensorflow: string) => setupEngine({ ...quiet, packageDir, libtensorflow });
    await expect(setUp(join(folder, "nowhere"))).rejects.toMatchObject({ name: "UserError" });
    await expect(setUp(join(packageDir, "package.json"))).rejects.toThrow("unknown kind");
  });

  test("an abort ends it with the signal's reason and leaves nothing", async () => {
    const packageDir = await fakePackage();
    const signal = AbortSignal.abort(new Error("stopped by the test"));
    await expect(setupEngine({ ...quiet, packageDir, signal })).rejects.toThrow("stopped by the test");
    expect((await readdir(packageDir)).sort()).toEqual(oldFiles);
  });

  test("two at a time are refused; the lock of a dead process is not respected", async () => {
    const packageDir = await fakePackage();
    const lock = join(packageDir, "poisonspot-setup.lock");
    const setUp = () => setupEngine({ ...quiet, packageDir, libtensorflow: join(folder, "nowhere") });
    const giveBack = await takeLock(lock);
    await expect(setUp()).rejects.toThrow("Another set-up is running");
    await giveBack();
    await writeFile(lock, lockText({ pid: 2 ** 30 }));
    await expect(setUp()).rejects.toThrow("there is no");
    expect(existsSync(lock)).toBe(false);
  });

  test("what is finished is not done again, unless a file has changed", async () => {
    const packageDir = await fakePackage();
    const sha256 = createHash("sha256").update("old binding").digest("hex");
    const files = { "lib/old.node": { bytes: 11, sha256 } };
    const base = { schemaVersion: 1, way: "wheel", source: "x.whl", libraryVersion: "2.21.0" } as const;
    await writeManifest(packageDir, { ...base, platform: platformName(), files });
    expect(await setupEngine({ ...quiet, packageDir })).toMatchObject({ way: "wheel", source: "x.whl" });
    // Of the same size it is noticed by its hash, by set-up only.
    const changed = join(packageDir, "lib", "old.node");
    await writeFile(changed, "new binding");
    expect(readManifest(packageDir)).toBeDefined();
    const stop = new AbortController();
    const warn = (line: string) => stop.abort(new Error(line));
    const again = { packageDir, reporter: { ...silentReporter, warn }, signal: stop.signal };
    await expect(setupEngine(again)).rejects.toThrow(`${changed} has changed since it was set up`);
    await writeFile(changed, "half");
    expect(readManifest(packageDir)).toBeUndefined();
  });

  test("a failure is remembered until the machine has other tools", async () => {
    const packageDir = await fakePackage();
    await writeFailure(packageDir, "make is missing");
    expect(readFailure(packageDir)).toBe("make is missing");
    const path = process.env.PATH;
    try {
      process.env.PATH = folder;
      expect(readFailure(packageDir)).toBeUndefined();
    } finally {
      process.env.PATH = path;
    }
  });
});

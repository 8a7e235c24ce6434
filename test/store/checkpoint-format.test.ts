import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { readCheckpoint, savePathFor, writeCheckpoint } from "../../src/store/checkpoint.js";
import { convertCheckpoint } from "../../src/store/convert-checkpoint.js";
import { readSafetensors } from "../../src/store/safetensors.js";
import { temporaryFolder } from "./temporary-folder.js";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/pytorch/${name}`, import.meta.url));
const names = [
  "model",
  "model.weights",
  "model.PTH",
  "model.pth.tar",
  "model.bin",
  "model.ckpt",
  "model.safetensors",
];
const state = new Map([["fc.bias", { shape: [1], data: Float32Array.of(3) }]]);

describe("a file is what its first bytes say, whatever its name", () => {
  test.each(["tiny_cnn.pth", "tiny_cnn_legacy.pth"])("%s", async (file) => {
    const folder = await temporaryFolder();
    for (const name of names) {
      await copyFile(fixture(file), join(folder, name));
      expect((await readCheckpoint(join(folder, name))).state.get("fc.weight")?.shape).toEqual([10, 16]);
    }
  });

  test("safetensors", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "a.safetensors");
    await writeCheckpoint(path, state);
    for (const name of names) {
      await copyFile(path, join(folder, name));
      expect((await readCheckpoint(join(folder, name))).state).toEqual(state);
    }
  });

  test("a conversion reads by content and writes by extension, in capitals too", async () => {
    const folder = await temporaryFolder();
    const input = join(folder, "model");
    await copyFile(fixture("wrapped.pth"), input);
    for (const name of ["a.SAFETENSORS", "a.pth.tar", "a.bin", "a.ckpt", "a.PT"]) {
      await convertCheckpoint(input, join(folder, name), false);
      const start = (await readFile(join(folder, name))).toString("latin1", 0, 9);
      expect(start).toMatch(name === "a.SAFETENSORS" ? /\{$/ : /^PK/);
      expect([...(await readCheckpoint(join(folder, name))).state.keys()]).toEqual(["fc.weight", "fc.bias"]);
    }
  });

  test("what is saved in its place ends in .safetensors", () => {
    for (const name of names.filter((one) => one !== "model.weights"))
      expect(savePathFor(join("0.1", name))).toBe(join("0.1", "model.safetensors"));
  });
});

test("prefixes of wrappers come off names in safetensors as in PyTorch's files", async () => {
  const path = join(await temporaryFolder(), "wrapped.safetensors");
  const [bias] = state.values();
  const wrapped = new Map([
    ["_orig_mod.module.fc.bias", bias],
    ["_orig_mod.module.module.bias", bias],
  ]);
  await writeCheckpoint(path, wrapped);
  expect([...(await readCheckpoint(path)).state.keys()]).toEqual(["fc.bias", "module.bias"]);
  expect((await readSafetensors(path)).state).toEqual(wrapped);
});

const tar = Buffer.alloc(1024);
tar.write("model.pth", 0);
tar.write("ustar", 257);
const others: Record<string, [content: string | Uint8Array, hint: RegExp]> = {
  "an empty file": ["", /again/],
  "a web page (HTML)": ["\n<!DOCTYPE html>\n<html>", /fetch the file itself/],
  "an XML text": ['<?xml version="1.0"?><Error>AccessDenied</Error>', /fetch the file itself/],
  "a JSON text": ['{"error": "not found"}', /fetch the file itself/],
  "a Git LFS pointer": [
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 123\n",
    /git lfs pull/,
  ],
  "a file compressed with gzip": [gzipSync("a"), /Unpack/],
  "a file compressed with bzip2": ["BZh91AY&SY", /Unpack/],
  "a file compressed with xz": [Buffer.from("\xfd7zXZ\0", "latin1"), /Unpack/],
  "a file compressed with zstd": [Buffer.from("28b52ffd2400", "hex"), /Unpack/],
  "a 7-Zip archive": [Buffer.from("377abcaf271c0004", "hex"), /Unpack/],
  "a RAR archive": ["Rar!\x1a\x07\x01\0", /Unpack/],
  "a tar archive": [tar, /Unpack/],
  "an incomplete zip archive": ["PK", /again/],
  "a NumPy array (.npy)": [Buffer.from("\x93NUMPY\x01\0", "latin1"), /state_dict\(\)/],
  "an HDF5 file, such as Keras writes": [Buffer.from("\x89HDF\r\n\x1a\n\0", "latin1"), /state_dict\(\)/],
  "a protocol buffer, such as ONNX": ["\x08\x08\x12\x07pytorch", /state_dict\(\)/],
  "a TensorFlow Lite network": ["\x1c\0\0\0TFL3", /state_dict\(\)/],
  "a GGUF language model": ["GGUF\x03\0\0\0", /state_dict\(\)/],
  "an image": [Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), /state_dict\(\)/],
  "a PDF document": ["%PDF-1.7", /state_dict\(\)/],
  "a text": ["learning rate: 0.1\n", /state_dict\(\)/],
  "a file of unknown kind, which begins with the bytes 00 8a 19": [
    Uint8Array.of(0, 138, 25),
    /state_dict\(\)/,
  ],
};
test.each(Object.entries(others))("%s is said to be that", async (what, [content, hint]) => {
  const folder = await temporaryFolder();
  const path = join(folder, "model.pth");
  await writeFile(path, content);
  const output = join(folder, "a.safetensors");
  for (const read of [readCheckpoint, (input: string) => convertCheckpoint(input, output, false)]) {
    const error = await read(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    if (!(error instanceof UserError)) continue;
    expect(error.message).toBe(`${path} is no checkpoint but ${what}.`);
    expect(error.hint).toMatch(hint);
  }
});

test("nobody is told to delete a checkpoint, whatever is wrong with it", async () => {
  const path = join(await temporaryFolder(), "model.safetensors");
  await writeCheckpoint(path, state);
  const good = await readFile(path);
  const damaged = [
    good.subarray(0, 40),
    good.subarray(0, -1),
    good.with(good.length - 1, 7),
    good.with(20, 0),
  ];
  for (const bytes of damaged) {
    await writeFile(path, bytes);
    const error = await readCheckpoint(path).catch((thrown: unknown) => thrown);
    expect(error instanceof UserError && error.hint).toMatch(/^Give another checkpoint/);
  }
});

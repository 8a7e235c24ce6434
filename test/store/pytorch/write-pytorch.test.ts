import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { expect, test } from "vitest";
import { findProgram } from "../../../src/engine/setup/tools.js";
import { UserError } from "../../../src/errors.js";
import { readPytorch } from "../../../src/store/pytorch/read-pytorch.js";
import { writePytorch } from "../../../src/store/pytorch/write-pytorch.js";
import type { StateDict } from "../../../src/store/state-dict.js";
import { temporaryFolder } from "../temporary-folder.js";

const state: StateDict = new Map([
  ["conv1.weight", { shape: [2, 1, 1, 3], data: Float32Array.of(0.1, -1e-40, 3, Number.NaN, -0, 6) }],
  ["bn1.num_batches_tracked", { shape: [], data: Float32Array.of(300), dtype: "int64" }],
  ["größe", { shape: [70_000], data: Float32Array.from({ length: 70_000 }, (_, i) => i) }],
  ["empty", { shape: [0, 3], data: new Float32Array(0) }],
]);

/** Offset of each member's data, by name, from the archive's own headers. */
function dataOffsets(archive: Buffer): Map<string, number> {
  const offsets = new Map<string, number>();
  const mark = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
  for (let at = archive.indexOf(mark); at >= 0; at = archive.indexOf(mark, at + 4)) {
    const [name, extra] = [archive.readUInt16LE(at + 26), archive.readUInt16LE(at + 28)];
    offsets.set(archive.toString("utf8", at + 30, at + 30 + name), at + 30 + name + extra);
  }
  return offsets;
}

test("what was written is read again, in order, bit by bit", async () => {
  const path = join(await temporaryFolder(), "new", "model.pth");
  await writePytorch(path, state);
  const read = await readPytorch(path);
  expect([...read.state.keys()]).toEqual([...state.keys()]);
  expect(read.state).toEqual(state);
  expect(Object.is(read.state.get("conv1.weight")?.data[4], -0)).toBe(true);
});

test("the archive has PyTorch's members, stored and aligned, and the same bytes every time", async () => {
  const folder = await temporaryFolder();
  const [path, again] = [join(folder, "model.pth"), join(folder, "again.pt")];
  await writePytorch(path, state);
  await writePytorch(again, state);
  const archive = await readFile(path);
  expect(archive.equals(await readFile(again))).toBe(true);
  const members = unzipSync(archive);
  expect(Object.keys(members)).toEqual(
    ["data.pkl", "byteorder", "data/0", "data/1", "data/2", "data/3", "version"].map(
      (name) => `archive/${name}`,
    ),
  );
  expect(Buffer.from(members["archive/byteorder"]).toString()).toBe("little");
  expect(Buffer.from(members["archive/version"]).toString()).toBe("3\n");
  expect([...members["archive/data/1"]]).toEqual([44, 1, 0, 0, 0, 0, 0, 0]);
  const offsets = dataOffsets(archive);
  expect(offsets.size).toBe(7);
  for (const offset of offsets.values()) expect(offset % 64).toBe(0);
});

test("the pickle is that of a dictionary of contiguous tensors", async () => {
  const path = join(await temporaryFolder(), "model.pth");
  await writePytorch(path, new Map([["w", { shape: [2, 3], data: new Float32Array(6) }]]));
  const pickle = Buffer.from(unzipSync(await readFile(path))["archive/data.pkl"]).toString("latin1");
  const whole = (value: number) => `J${String.fromCharCode(value)}\0\0\0`;
  const ordered = "ccollections\nOrderedDict\n(tR";
  const storage = `(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0${"0"}X\x03\0\0\0cpu${whole(6)}tQ`;
  const axes = `(${whole(2)}${whole(3)}t(${whole(3)}${whole(1)}t`;
  const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${storage}${whole(0)}${axes}\x89${ordered}tR`;
  expect(pickle).toBe(`\x80\x02${ordered}(X\x01\0\0\0w${tensor}u.`);
});

test("what the format cannot hold is refused before anything is written", async () => {
  const path = join(await temporaryFolder(), "model.pth");
  const huge: StateDict = new Map([["a", { shape: [2 ** 40, 0], data: new Float32Array(0) }]]);
  await expect(writePytorch(path, huge)).rejects.toThrow(UserError);
  const scalar = { shape: [], data: Float32Array.of(1) };
  const many: StateDict = new Map(Array.from({ length: 65_001 }, (_, i) => [`a${i}`, scalar]));
  await expect(writePytorch(path, many)).rejects.toThrow("larger than");
  await expect(readFile(path)).rejects.toThrow("ENOENT");
});

const interpreter = findProgram("python3");
const python = (script: string, ...args: string[]) =>
  execFileSync(interpreter ?? "", ["-c", script, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
const hasTorch =
  interpreter !== undefined &&
  python("import importlib.util as u; print(u.find_spec('torch') is not None)").trim() === "True";

test.skipIf(!hasTorch)("PyTorch itself loads it with weights_only, also mapped into memory", async () => {
  const path = join(await temporaryFolder(), "model.pth");
  await writePytorch(path, state);
  const script = `
import json, sys, torch
loaded = torch.load(sys.argv[1], weights_only=True)
mapped = torch.load(sys.argv[1], weights_only=True, mmap=True)
assert all(torch.equal(loaded[k].nan_to_num(), mapped[k].nan_to_num()) for k in loaded)
print(json.dumps([[k, str(t.dtype), list(t.shape), t.is_contiguous(), t.double().nan_to_num().sum().item()] for k, t in loaded.items()]))`;
  expect(JSON.parse(python(script, path))).toEqual([
    ["conv1.weight", "torch.float32", [2, 1, 1, 3], true, Math.fround(0.1) + 9 + Math.fround(-1e-40)],
    ["bn1.num_batches_tracked", "torch.int64", [], true, 300],
    ["größe", "torch.float32", [70_000], true, (70_000 * 69_999) / 2],
    ["empty", "torch.float32", [0, 3], true, 0],
  ]);
});

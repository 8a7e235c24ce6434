import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { readSafetensors, writeSafetensors } from "../../src/store/safetensors.js";
import type { StateDict } from "../../src/store/state-dict.js";
import { temporaryFolder } from "./temporary-folder.js";

/** A file with this header text and data. */
function fileOf(header: string, data: Uint8Array = new Uint8Array(0), claimedLength?: bigint): Buffer {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimedLength ?? BigInt(json.length));
  return Buffer.concat([length, json, data]);
}
const entry = (dtype: string, shape: unknown, begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const ones = Uint8Array.from({ length: 8 }, () => 1);

test("state and metadata come back in order, exactly", async () => {
  const state: StateDict = new Map([
    ["conv1.weight", { shape: [2, 1, 1, 1], data: Float32Array.of(0.1, -1e-40) }],
    ["bn1.running_var", { shape: [1], data: Float32Array.of(Number.MAX_VALUE) }],
    ["bn1.num_batches_tracked", { shape: [], data: Float32Array.of(12345), dtype: "int64" }],
    ["__proto__", { shape: [0, 3], data: new Float32Array(0) }],
    ["linear.bias", { shape: [], data: Float32Array.of(-0) }],
  ]);
  const path = join(await temporaryFolder(), "model.safetensors");
  await writeSafetensors(path, { state, metadata: { epochs: "3" } });
  const read = await readSafetensors(path);
  expect([...read.state.keys()]).toEqual([...state.keys()]);
  expect(read.state).toEqual(state);
  expect(read.metadata).toEqual({ epochs: "3" });
});

const sealName = "poisonspot_sha256";

test("a bit that flips is noticed in every byte but those of the seal's own name", async () => {
  const state: StateDict = new Map([
    ["a", { shape: [2], data: Float32Array.of(1, 2) }],
    ["n", { shape: [], data: Float32Array.of(3), dtype: "int64" as const }],
  ]);
  const path = join(await temporaryFolder(), "model.safetensors");
  await writeSafetensors(path, { state, metadata: { epoch: "3" } });
  const bytes = await readFile(path);
  const unnoticed = new Set<number>();
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1 << ((5 * at) & 7);
    await writeFile(path, changed);
    const error = await readSafetensors(path).catch((thrown: unknown) => thrown);
    if (!(error instanceof UserError)) unnoticed.add(at);
    else expect(error.message).toContain(path);
  }
  const name = bytes.indexOf(sealName);
  expect([...unnoticed].filter((at) => at < name || at >= name + sealName.length)).toEqual([]);
});

test("the same state gives the same bytes, and a file with a seal of other content is refused", async () => {
  const folder = await temporaryFolder();
  const [first, second, forged] = ["1", "2", "3"].map((stem) => join(folder, `${stem}.safetensors`));
  const checkpoint = {
    state: new Map([["a", { shape: [1], data: Float32Array.of(1) }]]),
    metadata: { epoch: "3" },
  };
  await writeSafetensors(first, checkpoint);
  // What was read and is written again has a seal of its own.
  await writeSafetensors(second, await readSafetensors(first));
  expect(await readFile(second)).toEqual(await readFile(first));
  const metadata = { [sealName]: "0".repeat(64) };
  await writeFile(
    forged,
    fileOf(JSON.stringify({ __metadata__: metadata, a: entry("F32", [2], 0, 8) }), ones),
  );
  await expect(readSafetensors(forged)).rejects.toThrow(
    `${forged} is not a readable safetensors file: it is damaged: its SHA-256 is not the one it was saved with`,
  );
});

test("reads doubles, halves and bfloats as float32, and int64", async () => {
  const data = Buffer.concat([
    new Uint8Array(Float64Array.of(0.1).buffer),
    new Uint8Array(BigInt64Array.of(-7n).buffer),
    new Uint8Array(Uint16Array.of(0x3c00, 0x3f80).buffer),
  ]);
  const header = {
    a: entry("F64", [1], 0, 8),
    b: entry("I64", [], 8, 16),
    c: entry("F16", [1, 1], 16, 18),
    d: entry("BF16", [1], 18, 20),
  };
  const path = join(await temporaryFolder(), "mixed.safetensors");
  await writeFile(path, fileOf(JSON.stringify(header), data));
  const { state } = await readSafetensors(path);
  expect([...state.values()].map(({ data }) => data[0])).toEqual([Math.fround(0.1), -7, 1, 1]);
});

const hostile: Record<string, Buffer> = {
  "an empty file": Buffer.alloc(0),
  "a header length beyond the file": fileOf("{}", ones, 1000n),
  "a header length beyond any memory": fileOf("{}", ones, 2n ** 64n - 1n),
  "a header longer than any model needs": fileOf(" ".repeat(10_000_001)),
  "text that does not end": fileOf('{"a'),
  "a header that is not JSON": fileOf("{nope"),
  "a header that is a list": fileOf("[]"),
  "deep nesting": fileOf("[".repeat(1_000_000)),
  "a name twice": fileOf(
    '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
  ),
  "no entry fields": fileOf('{"a":{}}'),
  "a dtype of Object": fileOf(JSON.stringify({ a: entry("constructor", [1], 0, 8) }), ones),
  "a negative axis": fileOf(JSON.stringify({ a: entry("F32", [-2, -1], 0, 8) }), ones),
  "a fractional axis": fileOf(JSON.stringify({ a: entry("F32", [0.5, 4], 0, 8) }), ones),
  "an axis as text": fileOf(JSON.stringify({ a: entry("F32", ["2"], 0, 8) }), ones),
  "a shape larger than its bytes": fileOf(JSON.stringify({ a: entry("F32", [2 ** 40], 0, 8) }), ones),
  "axes whose product overflows": fileOf(
    JSON.stringify({ a: entry("F32", [2 ** 52, 2 ** 52, 0], 0, 8) }),
    ones,
  ),
  "offsets beyond the file": fileOf(JSON.stringify({ a: entry("F32", [2 ** 30], 0, 2 ** 32) }), ones),
  "offsets reversed": fileOf(JSON.stringify({ a: entry("F32", [2], 8, 0) }), ones),
  "overlapping tensors": fileOf(
    JSON.stringify({ a: entry("F32", [1], 0, 4), b: entry("F32", [2], 0, 8) }),
    ones,
  ),
  "a hole between tensors": fileOf(JSON.stringify({ a: entry("F32", [1], 4, 8) }), ones),
  "bytes after the last tensor": fileOf(JSON.stringify({ a: entry("F32", [1], 0, 4) }), ones),
  "metadata that is not text": fileOf('{"__metadata__":{"a":1}}'),
  "an int64 beyond float32": fileOf(JSON.stringify({ a: entry("I64", [1], 0, 8) }), ones),
};
test.each(Object.entries(hostile))("refuses %s, naming the file", async (_, bytes) => {
  const path = join(await temporaryFolder(), "hostile.safetensors");
  await writeFile(path, bytes);
  const started = performance.now();
  const error = await readSafetensors(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toContain(path);
  expect(performance.now() - started).toBeLessThan(1000);
});

test("refuses a sparse file whose one tensor is beyond memory, and a folder", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "sparse.safetensors");
  const bytes = 2 ** 40;
  const file = fileOf(JSON.stringify({ a: entry("F32", [bytes / 4], 0, bytes) }));
  await writeFile(path, file);
  await truncate(path, file.length + bytes);
  await expect(readSafetensors(path)).rejects.toThrow(/larger than 2 GiB/);
  await expect(readSafetensors(folder)).rejects.toThrow(UserError);
});

import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { sha256Of } from "../../src/files/sha256.js";
import { createRng } from "../../src/random/rng.js";
import {
  type IncrementRows,
  readBatchLevel,
  readSampleLevel,
  SampleLevelWriter,
  writeBatchLevel,
} from "../../src/store/provenance-store.js";
import { temporaryFolder } from "./temporary-folder.js";

const origin = {
  config: { attack: "lc", lr: 0.1, layers: [1, 2] },
  seed: 545,
  inputs: { dataset: "ab12" },
  engine: "cpu",
  codeVersion: "0.1.0",
};
const features = Int32Array.of(3, 70, 1000);

function someRows(numRows: number, epoch: number): IncrementRows {
  const rng = createRng(`rows/${numRows}/${epoch}`);
  return {
    rows: Float32Array.from({ length: numRows * features.length }, () => rng.normal()),
    sampleIds: Int32Array.from({ length: numRows }, () => rng.int(50_000)),
    epochs: new Int32Array(numRows).fill(epoch),
  };
}

async function writtenGroup(): Promise<string> {
  const folder = join(await temporaryFolder(), "sus_diff_0.1.zarr");
  const writer = await SampleLevelWriter.create(folder, features, 2);
  await writer.append("suspects", someRows(5, 0));
  await writer.append("clean", someRows(4, 0));
  await writer.append("suspects", someRows(2, 1));
  await writer.finish(origin);
  return folder;
}

test("rows appended in parts come back whole, in chunks of rowsPerChunk, with their manifest", async () => {
  const folder = await writtenGroup();
  const read = await readSampleLevel(folder);
  const [first, second] = [someRows(5, 0), someRows(2, 1)];
  expect(read.features).toEqual(features);
  expect(read.suspects).toEqual({
    rows: Float32Array.of(...first.rows, ...second.rows),
    sampleIds: Int32Array.of(...first.sampleIds, ...second.sampleIds),
    epochs: Int32Array.of(0, 0, 0, 0, 0, 1, 1),
  });
  expect(read.clean).toEqual(someRows(4, 0));
  expect(read.manifest.origin).toEqual(origin);
  expect(read.manifest.arrays.sus_diff).toEqual({ dtype: "float32", shape: [7, 3], rowsPerChunk: 2 });
  expect((await readdir(join(folder, "sus_diff", "c"))).sort()).toEqual(["0", "1", "2", "3"]);
});

test("on disk it is Zarr v3: little-endian float32 in C order, the last chunk filled up with zeros", async () => {
  const folder = await writtenGroup();
  const metadata: unknown = JSON.parse(await readFile(join(folder, "sus_diff", "zarr.json"), "utf8"));
  expect(metadata).toEqual({
    zarr_format: 3,
    node_type: "array",
    shape: [7, 3],
    data_type: "float32",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [2, 3] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    fill_value: 0,
    attributes: {},
  });
  const bytes = await readFile(join(folder, "sus_diff", "c", "3", "0"));
  const last = someRows(2, 1).rows.subarray(3);
  expect(Array.from({ length: 6 }, (_, i) => bytes.readFloatLE(4 * i))).toEqual([...last, 0, 0, 0]);
});

test("a group appears only when finished, replaces an older one, and leaves nothing beside it", async () => {
  const folder = await writtenGroup();
  const parent = join(folder, "..");
  const again = await SampleLevelWriter.create(folder, Int32Array.of(8));
  expect((await readSampleLevel(folder)).features).toEqual(features);
  await again.finish(origin);
  const read = await readSampleLevel(folder);
  expect([read.features, read.suspects.rows.length]).toEqual([Int32Array.of(8), 0]);
  const given_up = await SampleLevelWriter.create(folder, Int32Array.of(9));
  await given_up.discard();
  expect(await readdir(parent)).toEqual(["sus_diff_0.1.zarr"]);
});

const damages: [string, RegExp, (folder: string) => Promise<void>][] = [
  ["a changed chunk", /sus_diff\/c\/1\/0 was changed/, (f) => flip(join(f, "sus_diff/c/1/0"))],
  ["a missing chunk", /clean_inds\/c\/0 is missing/, (f) => rm(join(f, "clean_inds/c/0"))],
  ["a changed shape", /features\/zarr.json was changed/, (f) => flip(join(f, "features/zarr.json"))],
  ["no manifest", /There is no .*manifest.json/, (f) => rm(join(f, "manifest.json"))],
  ["a cut manifest", /manifest.json is damaged/, (f) => edit(f, (text) => text.slice(0, 100))],
  [
    "another schema",
    /schema version 1.*schemaVersion/,
    (f) => edit(f, (text) => text.replace('sion": 1', 'sion": 2')),
  ],
  [
    "a huge shape",
    /do not fit/,
    (f) => edit(f, (text) => text.replace(/"shape": \[\s*7/, '"shape": [900719925474099')),
  ],
  [
    "a path out of the group",
    /do not fit/,
    (f) => edit(f, (text) => text.replace('"sus_diff/c/1/0"', '"../../x"')),
  ],
  [
    "a name out of the group",
    /damaged/,
    (f) => edit(f, (text) => text.replace('"features": {', '"../features": {')),
  ],
];
async function flip(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[0] ^= 1;
  await writeFile(path, bytes);
}
async function edit(folder: string, change: (text: string) => string): Promise<void> {
  const path = join(folder, "manifest.json");
  const text = await readFile(path, "utf8");
  expect(change(text)).not.toBe(text);
  // Whoever means harm leaves out the hash.
  await writeFile(path, change(text).replace(/"sha256": "\w+",\s*(?="format")/, ""));
}

test("a manifest with a changed byte is refused and named, wherever it is", async () => {
  const folder = await writtenGroup();
  const path = join(folder, "manifest.json");
  const bytes = await readFile(path);
  for (let at = 0; at < bytes.length; at += 41) {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1;
    await writeFile(path, changed);
    const error = await readSampleLevel(folder).catch((thrown: unknown) => thrown);
    expect(error, `byte ${at}`).toBeInstanceOf(UserError);
    expect(String(error)).toContain(folder);
  }
});

/** Changes the metadata of `sus_diff`, and the manifest so that it fits. */
async function forge(folder: string, old: RegExp, replacement: string): Promise<void> {
  const path = join(folder, "sus_diff/zarr.json");
  const before = await readFile(path);
  const after = before.toString("utf8").replace(old, replacement);
  await writeFile(path, after);
  await edit(folder, (text) => text.replace(sha256Of(before), sha256Of(Buffer.from(after))));
}

test.each([
  [
    "a shape far larger than the files",
    (f: string) =>
      edit(f, (text) =>
        text.replace(
          /"shape": \[\s*3\s*\],\s*"rowsPerChunk": 3/,
          '"shape": [1e9], "rowsPerChunk": 1000000000',
        ),
      ),
    /features\/c\/0 has 12 bytes instead of 4000000000/,
  ],
  [
    "a codec that unpacks",
    (f: string) => forge(f, /"name": "bytes"/, '"name": "zstd"'),
    /sus_diff\/zarr.json is not that of the array/,
  ],
  [
    "other chunks than the manifest's",
    (f: string) => forge(f, /"chunk_shape": \[\s*2/, '"chunk_shape": [200000000'),
    /sus_diff\/zarr.json is not that of the array/,
  ],
])("%s is refused, whatever the hashes", async (_, change, message) => {
  const folder = await writtenGroup();
  await change(folder);
  const error = await readSampleLevel(folder).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toMatch(message);
});

test.each(damages)("%s is refused and named", async (_, message, damage) => {
  const folder = await writtenGroup();
  await damage(folder);
  const error = await readSampleLevel(folder).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toMatch(message);
});

test("batch level arrays come back; a missing group names the stage to run", async () => {
  const folder = join(await temporaryFolder(), "important.zarr");
  await expect(readBatchLevel(folder)).rejects.toMatchObject({
    hint: expect.stringContaining("--batch_level"),
  });
  const arrays = {
    importantFeatures: Int32Array.of(1, 4),
    z: Float32Array.of(0, 2, 0, 0, -3),
    differences: Float32Array.of(0, 1, 0, 0, 4),
  };
  await writeBatchLevel(folder, arrays, origin);
  expect(await readBatchLevel(folder)).toMatchObject(arrays);
  await expect(readSampleLevel(folder)).rejects.toThrow(/no int32 array "features"/);
});

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { readIndices, writeIndices } from "../../src/store/indices.js";
import { temporaryFolder } from "./temporary-folder.js";

function npy(header: string, data: Uint8Array = new Uint8Array(0), version = 1): Buffer {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(header.length, 0, length.length);
  return Buffer.concat([
    Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, "latin1"),
    length,
    Buffer.from(header),
    data,
  ]);
}
const header = (descr: string, shape: string) =>
  `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;
const bytesOf = (...values: bigint[]) => new Uint8Array(BigInt64Array.from(values).buffer);

test.each([[[]], [[7]], [[3, 1, 2 ** 31 - 1, -1]]])(
  "%j comes back, data at a multiple of 64",
  async (values) => {
    const path = join(await temporaryFolder(), "indices.npy");
    await writeIndices(path, Int32Array.from(values));
    expect(await readIndices(path)).toEqual(Int32Array.from(values));
    const bytes = await readFile(path);
    expect((bytes.length - 4 * values.length) % 64).toBe(0);
    expect(bytes.toString("latin1", 10, 64)).toContain(`'shape': (${values.length},)`);
  },
);

test("reads NumPy's default int64, in both header versions", async () => {
  const path = join(await temporaryFolder(), "indices.npy");
  for (const version of [1, 2]) {
    await writeFile(path, npy(header("<i8", "(2,)"), bytesOf(5n, 49_999n), version));
    expect(await readIndices(path)).toEqual(Int32Array.of(5, 49_999));
  }
});

const hostile: Record<string, Buffer> = {
  "an empty file": Buffer.alloc(0),
  "another format": Buffer.from("PK\x03\x04 some archive"),
  "a header beyond the file": npy(header("<i8", "(1,)"), bytesOf(1n)).subarray(0, 40),
  "a count beyond the file": npy(header("<i8", "(999999999999,)"), bytesOf(1n)),
  "bytes too many": npy(header("<i4", "(1,)"), bytesOf(1n)),
  floats: npy(header("<f8", "(1,)"), bytesOf(1n)),
  "pickled objects": npy(header("|O", "(1,)"), bytesOf(1n)),
  "two axes": npy(header("<i8", "(1, 1)"), bytesOf(1n)),
  "an id beyond int32": npy(header("<i8", "(1,)"), bytesOf(2n ** 31n)),
};
test.each(Object.entries(hostile))("refuses %s, naming the file", async (_, bytes) => {
  const path = join(await temporaryFolder(), "hostile.npy");
  await writeFile(path, bytes);
  const error = await readIndices(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toContain(path);
});

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { type NpyArray, readNpy, readNpyRows, writeNpy } from "../../src/store/npy.js";
import { temporaryFolder } from "./temporary-folder.js";

const hint = "Make it again.";

/** A file as NumPy writes it. */
function npy(header: string, data: Uint8Array = new Uint8Array(0), version = 1): Buffer {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(header.length, 0, length.length);
  const start = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, "latin1");
  return Buffer.concat([start, length, Buffer.from(header), data]);
}
const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer);

const arrays: NpyArray[] = [
  { dtype: "float32", shape: [1, 2, 3], data: Float32Array.of(0.1, -1, 2, 3, NaN, Infinity) },
  { dtype: "float64", shape: [2], data: Float64Array.of(Math.PI, -0) },
  { dtype: "uint8", shape: [3, 1], data: Uint8Array.of(0, 127, 255) },
  { dtype: "int32", shape: [0], data: new Int32Array(0) },
  { dtype: "int64", shape: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n) },
  { dtype: "float32", shape: [], data: Float32Array.of(7) },
];
test.each(arrays)("$dtype $shape comes back, values at a multiple of 64", async (array) => {
  const path = join(await temporaryFolder(), "array.npy");
  await writeNpy(path, array);
  expect(await readNpy(path, { hint })).toEqual(array);
  expect(((await readFile(path)).length - array.data.byteLength) % 64).toBe(0);
});

test("reads every format version, and headers that others write", async () => {
  const path = join(await temporaryFolder(), "array.npy");
  const data = Float32Array.of(1, 2);
  for (const version of [1, 2, 3]) {
    for (const header of [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }   \n",
      "{'shape':(1,2),'fortran_order':False,'descr':'<f4'}",
    ]) {
      await writeFile(path, npy(header, bytesOf(data), version));
      expect(await readNpy(path, { hint })).toEqual({ dtype: "float32", shape: [1, 2], data });
    }
  }
});

const header = (descr: string, shape: string, order = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
const two = bytesOf(Float32Array.of(1, 2));
const hostile: Record<string, [Buffer, string]> = {
  "an empty file": [Buffer.alloc(0), "not a .npy file"],
  "a later version": [npy(header("<f4", "(2,)"), two, 4), "version is 4"],
  "a header beyond the file": [npy(header("<f4", "(2,)"), two).subarray(0, 40), "header is longer"],
  "more values than bytes": [npy(header("<f4", "(99999999999, 99999999999)"), two), "it has"],
  "more bytes than values": [npy(header("<f4", "(1,)"), two), "it has"],
  "pickled objects": [npy(header("|O", "(2,)"), two), "it holds '|O'; read are float32"],
  "the other byte order": [npy(header(">f4", "(2,)"), two), "it holds '>f4'"],
  "Fortran's order": [npy(header("<f4", "(2, 1)", "True"), two), "order is Fortran's"],
  "an expression": [npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1+1,), }", two), "its header"],
  "a call": [npy("{'descr': f(), 'fortran_order': False, 'shape': (2,), }", two), "its header"],
  "more after the last entry": [
    npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), +}", two),
    "its header",
  ],
  "a negative length": [npy(header("<f4", "(-2,)"), two), "its header"],
  "a key too many": [
    npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'a': b}", two),
    "its header",
  ],
  "many axes": [npy(header("<f4", `(${"1, ".repeat(8)}2)`), two), "9 axes"],
};
test.each(Object.entries(hostile))("refuses %s, naming the file", async (_, [bytes, reason]) => {
  const path = join(await temporaryFolder(), "hostile.npy");
  await writeFile(path, bytes);
  const error = await readNpy(path, { hint }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ hint, message: expect.stringContaining(path) });
  expect(String(error)).toContain(reason);
});

test("refuses what is larger than allowed, what is missing and what is a folder", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "array.npy");
  await writeNpy(path, { dtype: "uint8", shape: [9], data: new Uint8Array(9) });
  await expect(readNpy(path, { hint, maxBytes: 8 })).rejects.toThrow("9 bytes of values, more than 8");
  await expect(readNpy(join(folder, "no.npy"), { hint })).rejects.toThrow("There is no ");
  await expect(readNpy(folder, { hint })).rejects.toThrow(UserError);
});

test("single rows are read, in the order wanted; others are refused", async () => {
  const path = join(await temporaryFolder(), "array.npy");
  const data = Float32Array.of(0, 1, 10, 11, 20, 21);
  await writeNpy(path, { dtype: "float32", shape: [3, 2], data });
  const shapes: string[] = [];
  const check = (shape: readonly number[], dtype: string) => void shapes.push(`${shape} ${dtype}`);
  const rows = await readNpyRows(path, [2, 0], { hint, check });
  expect(rows).toEqual({ dtype: "float32", shape: [2, 2], data: Float32Array.of(20, 21, 0, 1) });
  expect(shapes).toEqual(["3,2 float32"]);
  for (const row of [-1, 3, 0.5])
    await expect(readNpyRows(path, [row], { hint, check })).rejects.toThrow(`it has no row ${row}`);
  const refuse = () => {
    throw new Error("not what was wanted");
  };
  await expect(readNpyRows(path, [0], { hint, check: refuse })).rejects.toThrow("not what was wanted");
});
